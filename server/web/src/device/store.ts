// The device's keys and values in IndexedDB, sealed by the vault. Only the tab that took the lease can write; a tab that
// lost it writes nothing.

import { Vault, type LockedKeys, type OpenKeys, type Stretch } from "./vault";

const DATABASE = "porchlight";
const ENTRIES = "entries";
const DRAFTS = "drafts";
const LEASE = "lease";
/** The vault's: `open` or `locked`. */
const KEYS = "keys";
/** Small things that say nothing about anybody, so that they can be read while the app is locked. */
const SETTINGS = "settings";
const ALL = [ENTRIES, DRAFTS, LEASE, KEYS, SETTINGS];
const TURN = "turn";
/** The setting that is written to see whether there is room. */
const ROOM = "room";
const ROOM_BYTES = 100_000;

/** What a transaction must outlive: the browser, or a loss of power as well. */
export type Durability = "relaxed" | "strict";

type Bytes = Uint8Array<ArrayBuffer>;
type Pair = [Bytes, Bytes];

export interface Write {
  key: Bytes;
  /** Nothing: remove the key. */
  value: Bytes | undefined;
}

export type StoreFault =
  /** Another tab took over: stop, and write nothing more. */
  | "lease-lost"
  /** The browser cannot write: no space, or no permission. */
  | "storage"
  /** The browser removed the database while it was open. */
  | "storage-gone"
  /** What is stored does not open: it is damaged, or the key beside it is gone. */
  | "unreadable";

export class StoreError extends Error {
  constructor(
    readonly fault: StoreFault,
    cause: unknown,
  ) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
  }
}

/** Whether nothing is wrong but that the browser cannot write now. */
export function isFull(problem: unknown): problem is StoreError {
  return problem instanceof StoreError && problem.fault === "storage";
}

export class Store {
  /** Resolves when the browser closes the database on its own, which it does when it removes it. */
  readonly gone: Promise<void>;
  private vault: Vault | undefined;
  private locked: LockedKeys | undefined;

  private constructor(
    private readonly database: IDBDatabase,
    /** Counts who may write: a higher turn has taken over from all lower ones. */
    readonly turn: number,
    /** What the lease says while it is this one's: of the one before, where there was no room to take it. */
    private lease: unknown,
  ) {
    this.gone = new Promise((resolve) => database.addEventListener("close", () => resolve()));
  }

  /** Opens the database and takes the lease from whoever had it. What needs the PIN stays closed until `unlock`. */
  static async open(): Promise<Store> {
    const database = await openDatabase();
    // A database that is made anew is told by its turns from the one before it: see marker.ts.
    let turn = Date.now() * 1000;
    let earlier: unknown;
    const taken = inOne(database, "strict", (transaction) => {
      const lease = transaction.objectStore(LEASE);
      const before: IDBRequest<unknown> = lease.get(TURN);
      before.onsuccess = () => {
        earlier = before.result;
        if (typeof earlier === "number") turn = earlier + 1;
        lease.put(turn, TURN);
      };
    });
    // On a full phone it is taken with the first write that there is room for: until then everything can be read.
    await taken.then(
      () => (earlier = turn),
      (problem: unknown) => {
        if (!isFull(problem) || earlier === undefined) throw problem;
      },
    );
    const store = new Store(database, turn, earlier);
    await store.findKeys();
    return store;
  }

  /** Whether a PIN is needed before anything can be read. */
  get needsPin(): boolean {
    return this.vault === undefined;
  }

  get hasLock(): boolean {
    return this.locked !== undefined;
  }

  /** Whether that was the PIN. Slow on purpose. */
  async unlock(pin: string, stretch: Stretch): Promise<boolean> {
    if (this.locked === undefined) return true;
    const vault = await Vault.unlock(pin, this.locked, stretch);
    this.vault ??= vault;
    return vault !== undefined;
  }

  /** Forgets the keys; with the PIN they come back. */
  lock(): void {
    if (this.locked !== undefined) this.vault = undefined;
  }

  /** From now on a PIN is needed, or another one; with nothing, none. Everything is sealed anew, with new keys. */
  async setPin(pin: string | undefined, stretch: Stretch): Promise<void> {
    const { vault, locked } =
      pin === undefined ? { vault: await Vault.create(), locked: undefined } : await Vault.createLocked(pin, stretch);
    const [entries, drafts] = await Promise.all([this.openAll(ENTRIES), this.openAll(DRAFTS)]);
    const resealed = await Promise.all([sealAll(vault, entries), sealAll(vault, drafts)]);
    await this.withLease((transaction) => {
      for (const [index, name] of [ENTRIES, DRAFTS].entries()) {
        const store = transaction.objectStore(name);
        store.clear();
        for (const [key, piece] of resealed[index] ?? []) store.put(piece, key);
      }
      const keys = transaction.objectStore(KEYS);
      keys.clear();
      if (locked === undefined) keys.put(vault.keys, "open");
      else keys.put(locked, "locked");
    });
    this.vault = vault;
    this.locked = locked;
  }

  /** Everything that was persisted, as the device left it. */
  entries(): Promise<Pair[]> {
    return this.openAll(ENTRIES);
  }

  /**
   * One transaction; when this resolves it outlives the browser, and where strict a loss of power too. With a group goes
   * what was typed there and never saved.
   */
  async persist(writes: Write[], durability: Durability): Promise<void> {
    const vault = this.opened();
    const sealed = await Promise.all(
      writes.map(async ({ key, value }) => {
        const name = await vault.name(key);
        return { name, piece: value && (await vault.seal(name, key, value)) };
      }),
    );
    const typed = await this.draftsOf(writes.flatMap(({ key, value }) => (value ? [] : groupThatGoes(key))));
    await this.withLease((transaction) => {
      for (const name of typed) transaction.objectStore(DRAFTS).delete(name);
      const entries = transaction.objectStore(ENTRIES);
      for (const { name, piece } of sealed) {
        if (piece === undefined) entries.delete(name);
        else entries.put(piece, name);
      }
    }, durability);
  }

  /** What somebody typed and has not saved yet. */
  async draft(name: string): Promise<string | undefined> {
    const vault = this.opened();
    const key = await vault.name(encode(name));
    const piece: unknown = await result(this.database.transaction(DRAFTS).objectStore(DRAFTS).get(key));
    if (!(piece instanceof Uint8Array)) return undefined;
    return new TextDecoder().decode((await vault.open(key, piece as Bytes))[1]);
  }

  /** Keeps a draft, or with nothing forgets it. */
  async keepDraft(name: string, text: string | undefined): Promise<void> {
    const vault = this.opened();
    const key = await vault.name(encode(name));
    const piece = text === undefined ? undefined : await vault.seal(key, encode(name), encode(text));
    await this.withLease((transaction) => {
      if (piece === undefined) transaction.objectStore(DRAFTS).delete(key);
      else transaction.objectStore(DRAFTS).put(piece, key);
    });
  }

  /** Under which names the drafts of these groups are kept. */
  private async draftsOf(groups: string[]): Promise<Bytes[]> {
    if (groups.length === 0) return [];
    // One that is damaged must not keep a group here.
    const drafts = await this.openAll(DRAFTS).catch(() => []);
    const theirs = drafts.filter(([name]) => new TextDecoder().decode(name).split("/").some((part) => groups.includes(part)));
    return Promise.all(theirs.map(([name]) => this.opened().name(name)));
  }

  /** A setting; nothing before it was first kept. Nobody's words belong here: it is not sealed. */
  async setting(name: string): Promise<unknown> {
    return result(this.database.transaction(SETTINGS).objectStore(SETTINGS).get(name));
  }

  async keepSetting(name: string, value: unknown): Promise<void> {
    await this.withLease((transaction) => void transaction.objectStore(SETTINGS).put(value, name));
  }

  /** Whether there is room again for what a phone usually has to keep at once. */
  async hasRoom(): Promise<boolean> {
    try {
      await this.keepSetting(ROOM, new Uint8Array(ROOM_BYTES));
      await this.keepSetting(ROOM, undefined);
      return true;
    } catch (problem) {
      if (!isFull(problem)) throw problem;
      return false;
    }
  }

  close(): void {
    this.database.close();
  }

  /** Removes everything from this browser, keys first; the store is of no use afterwards. */
  async wipe(): Promise<void> {
    await this.withLease((transaction) => {
      for (const name of [KEYS, ENTRIES, DRAFTS, SETTINGS]) transaction.objectStore(name).clear();
    });
    this.close();
    await result(indexedDB.deleteDatabase(DATABASE));
  }

  /** The keys of this browser, or new ones where there is nothing yet that they would have to open. */
  private async findKeys(): Promise<void> {
    const read = this.database.transaction([KEYS, ENTRIES, DRAFTS]);
    const [open, locked, entries, drafts] = await Promise.all([
      result<OpenKeys | undefined>(read.objectStore(KEYS).get("open")),
      result<LockedKeys | undefined>(read.objectStore(KEYS).get("locked")),
      result(read.objectStore(ENTRIES).count()),
      result(read.objectStore(DRAFTS).count()),
    ]);
    this.locked = locked;
    if (open !== undefined) this.vault = new Vault(open);
    else if (locked === undefined) {
      if (entries + drafts > 0) throw new StoreError("unreadable", "the key beside the data is gone");
      const vault = await Vault.create();
      await this.withLease((transaction) => void transaction.objectStore(KEYS).put(vault.keys, "open"));
      this.vault = vault;
    }
  }

  private opened(): Vault {
    if (this.vault === undefined) throw new StoreError("unreadable", "the app is locked");
    return this.vault;
  }

  private async openAll(name: string): Promise<Pair[]> {
    const vault = this.opened();
    const store = this.database.transaction(name).objectStore(name);
    const [names, pieces] = await Promise.all([result(store.getAllKeys()), result<unknown[]>(store.getAll())]);
    try {
      return await Promise.all(names.map((key, index) => vault.open(new Uint8Array(key as ArrayBuffer), pieces[index] as Bytes)));
    } catch (problem) {
      throw new StoreError("unreadable", problem);
    }
  }

  /** A tab that was frozen may wake up believing that it still holds the device: its writes must not land. */
  private async withLease(write: (transaction: IDBTransaction) => void, durability: Durability = "strict"): Promise<void> {
    let lost = false;
    const done = inOne(this.database, durability, (transaction) => {
      const lease: IDBRequest<unknown> = transaction.objectStore(LEASE).get(TURN);
      lease.onsuccess = () => {
        lost = lease.result !== this.lease;
        if (lost) return transaction.abort();
        if (this.lease !== this.turn) transaction.objectStore(LEASE).put(this.turn, TURN);
        write(transaction);
      };
    });
    await done.catch((problem: unknown) => {
      throw lost ? new StoreError("lease-lost", "another tab took over") : problem;
    });
    this.lease = this.turn;
  }
}

function sealAll(vault: Vault, pairs: Pair[]): Promise<Pair[]> {
  return Promise.all(
    pairs.map(async ([key, value]): Promise<Pair> => {
      const name = await vault.name(key);
      return [name, await vault.seal(name, key, value)];
    }),
  );
}

/** The group whose own entry has this key: without it the group is not on this phone any more. */
function groupThatGoes(key: Bytes): string[] {
  const [, group] = /^g\/([0-9a-f]{64})\/group$/.exec(new TextDecoder().decode(key)) ?? [];
  return group === undefined ? [] : [group];
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function inOne(database: IDBDatabase, durability: Durability, write: (transaction: IDBTransaction) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let transaction: IDBTransaction;
    try {
      transaction = database.transaction(ALL, "readwrite", { durability });
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
    for (const name of ALL) opening.result.createObjectStore(name);
  };
  return result(opening);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new StoreError("storage", request.error));
  });
}
