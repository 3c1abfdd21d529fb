// What stories do to the storage of a browser. All of it runs inside a page of the server's, other than the app.

/** All values of one of the app's stores. */
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
