// What stories do to the storage of a browser. All of it runs inside a page of the server's, other than the app.

/** What lies in one of the app's stores, as it lies there. */
export function readStore(name: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("porchlight");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const all = opening.result.transaction(name).objectStore(name).getAll();
      all.onsuccess = () => {
        opening.result.close();
        resolve(all.result);
      };
    };
  });
}

/** Everything on the disk of this origin as text, byte by byte: stores with their keys, caches, local and session storage. */
export async function everything(): Promise<string> {
  const text = (value: unknown): string =>
    value instanceof ArrayBuffer || value instanceof Uint8Array
      ? new TextDecoder("latin1").decode(value)
      : typeof value === "object" && value !== null
        ? Object.entries(value).map(([key, inner]) => `${key} ${text(inner)}`).join("\n")
        : String(value);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("porchlight");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
  });
  const parts = [text(localStorage), text(sessionStorage)];
  for (const name of database.objectStoreNames) {
    const store = database.transaction(name).objectStore(name);
    for (const request of [store.getAllKeys(), store.getAll()]) {
      const found = await new Promise<unknown[]>((resolve) => (request.onsuccess = () => resolve(request.result)));
      parts.push(found.map(text).join("\n"));
    }
  }
  database.close();
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) parts.push(url);
  }
  return parts.join("\n");
}

/** What was typed and not saved, opened with the key that lies beside it: the browser lets pages of this origin use it. */
export async function readDrafts(): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("porchlight");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
  });
  const read = database.transaction(["drafts", "keys"]);
  const done = <T>(request: IDBRequest<T>) => new Promise<T>((resolve) => (request.onsuccess = () => resolve(request.result)));
  const [names, pieces, keys] = await Promise.all([
    done(read.objectStore("drafts").getAllKeys()),
    done(read.objectStore("drafts").getAll() as IDBRequest<Uint8Array<ArrayBuffer>[]>),
    done(read.objectStore("keys").get("open") as IDBRequest<{ seal: CryptoKey }>),
  ]);
  database.close();
  const opened = pieces.map((piece, index) => {
    const parameters = { name: "AES-GCM", iv: piece.slice(0, 12), additionalData: names[index] as ArrayBuffer };
    return crypto.subtle.decrypt(parameters, keys.seal, piece.slice(12));
  });
  return (await Promise.all(opened)).map((plain) => new TextDecoder().decode(plain)).join("\n");
}

/** Overwrites every value that the device keeps; gives how many there are. */
export function damageEntries(): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("porchlight");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("entries", "readwrite");
      const entries = transaction.objectStore("entries");
      const keys = entries.getAllKeys();
      keys.onsuccess = () => keys.result.forEach((key) => entries.put(new Uint8Array([255, 0, 255]), key));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(keys.result.length);
      };
    };
  });
}

/** Removes database, caches and service workers. */
export async function forgetAll(): Promise<void> {
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
  await new Promise<void>((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase("porchlight");
    deleting.onsuccess = () => resolve();
    deleting.onerror = () => reject(deleting.error);
  });
}

/**
 * How many bytes the app has counted so far, as it keeps it, with those of which the service worker left word: what it loads
 * after the app has started counts when somebody asks, or at the next start.
 */
export async function readUsage(): Promise<number> {
  // To open it is to make it, where the app has not yet.
  if (!(await indexedDB.databases()).some(({ name }) => name === "porchlight")) return 0;
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("porchlight");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
  });
  const asked = database.transaction("settings").objectStore("settings").get("usage") as IDBRequest<{ bytes: number } | undefined>;
  const usage = await new Promise<{ bytes: number } | undefined>((resolve) => (asked.onsuccess = () => resolve(asked.result)));
  database.close();
  let bytes = usage?.bytes ?? 0;
  if (!(await caches.has("loaded"))) return bytes;
  const words = await caches.open("loaded");
  for (const request of await words.keys()) bytes += Number(await (await words.match(request))?.text()) || 0;
  return bytes;
}
