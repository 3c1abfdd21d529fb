// The device's keys and values in IndexedDB. Only the tab that took the lease can write; a tab that lost it writes nothing.

const DATABASE = "porchlight";
const ENTRIES = "entries";
const DRAFTS = "drafts";
const LEASE = "lease";
const TURN = "turn";

export interface Write {
  key: Uint8Array<ArrayBuffer>;
  /** Nothing: remove the key. */
  value: Uint8Array<ArrayBuffer> | undefined;
}

export type StoreFault =
  /** Another tab took over: stop, and write nothing more. */
  | "lease-lost"
  /** The browser cannot write: no space, or no permission. */
  | "storage"
  /** The browser removed the database while it was open. */
  | "storage-gone";

export class StoreError extends Error {
  constructor(
    readonly fault: StoreFault,
    cause: unknown,
  ) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
  }
}

export class Store {
  /** Resolves when the browser closes the database on its own, which it does when it removes it. */
  readonly gone: Promise<void>;

  private constructor(
    private readonly database: IDBDatabase,
    /** Counts who may write: a higher turn has taken over from all lower ones. */
    readonly turn: number,
  ) {
    this.gone = new Promise((resolve) => database.addEventListener("close", () => resolve()));
  }

  /** Opens the database and takes the lease from whoever had it. */
  static async open(): Promise<Store> {
    const database = await openDatabase();
    let turn = 1;
    await durably(database, (transaction) => {
      const lease = transaction.objectStore(LEASE);
      const before: IDBRequest<unknown> = lease.get(TURN);
      before.onsuccess = () => {
        if (typeof before.result === "number") turn = before.result + 1;
        lease.put(turn, TURN);
      };
    });
    return new Store(database, turn);
  }

  /** Everything that was persisted, as the device left it. */
  async entries(): Promise<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>][]> {
    const entries = this.database.transaction(ENTRIES).objectStore(ENTRIES);
    const [keys, values] = await Promise.all([result(entries.getAllKeys()), result(entries.getAll())]);
    return keys.map((key, index) => [new Uint8Array(key as ArrayBuffer), values[index] as Uint8Array<ArrayBuffer>]);
  }

  /** One transaction, on disk when this resolves. */
  async persist(writes: Write[]): Promise<void> {
    await this.withLease((transaction) => {
      const entries = transaction.objectStore(ENTRIES);
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(key);
        else entries.put(value, key);
      }
    });
  }

  /** What somebody typed and has not saved yet. */
  async draft(name: string): Promise<string | undefined> {
    const text: unknown = await result(this.database.transaction(DRAFTS).objectStore(DRAFTS).get(name));
    return typeof text === "string" ? text : undefined;
  }

  /** Keeps a draft, or with nothing forgets it. */
  async keepDraft(name: string, text: string | undefined): Promise<void> {
    await this.withLease((transaction) => {
      if (text === undefined) transaction.objectStore(DRAFTS).delete(name);
      else transaction.objectStore(DRAFTS).put(text, name);
    });
  }

  close(): void {
    this.database.close();
  }

  /** A tab that was frozen may wake up believing that it still holds the device: its writes must not land. */
  private async withLease(write: (transaction: IDBTransaction) => void): Promise<void> {
    let lost = false;
    const done = durably(this.database, (transaction) => {
      const lease: IDBRequest<unknown> = transaction.objectStore(LEASE).get(TURN);
      lease.onsuccess = () => {
        lost = lease.result !== this.turn;
        if (lost) transaction.abort();
        else write(transaction);
      };
    });
    await done.catch((problem: unknown) => {
      throw lost ? new StoreError("lease-lost", "another tab took over") : problem;
    });
  }
}

function durably(database: IDBDatabase, write: (transaction: IDBTransaction) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let transaction: IDBTransaction;
    try {
      transaction = database.transaction([ENTRIES, DRAFTS, LEASE], "readwrite", { durability: "strict" });
      write(transaction);
    } catch (problem) {
      // The connection is closed: the browser removed the database, or this tab gave it up.
      reject(new StoreError("storage-gone", problem));
      return;
    }
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(new StoreError("storage", transaction.error ?? "the transaction was given up"));
  });
}

function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(ENTRIES);
    opening.result.createObjectStore(DRAFTS);
    opening.result.createObjectStore(LEASE);
  };
  return result(opening);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new StoreError("storage", request.error));
  });
}
