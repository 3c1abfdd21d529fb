// Keeps what is stored unreadable without this browser's key, or with a lock without the PIN: seals and opens each piece.
//
// Without a lock the keys lie in the database as CryptoKeys that the browser hands to nobody, not even to this app.
// With a lock only a root sealed under a key from the PIN is kept; the keys come from the root and live in memory.

/** What is kept of the keys while there is no lock. */
export interface OpenKeys {
  seal: CryptoKey;
  name: CryptoKey;
}

/** What is kept while there is a lock: all that is needed to try a PIN, and nothing that gives it away. */
export interface LockedKeys {
  salt: Uint8Array<ArrayBuffer>;
  /** Cost of Argon2id, so that later versions may ask for more. */
  kib: number;
  passes: number;
  iv: Uint8Array<ArrayBuffer>;
  root: Uint8Array<ArrayBuffer>;
}

/** Gives 32 bytes for a PIN; slow on purpose. */
export type Stretch = (pin: string, salt: Uint8Array, kib: number, passes: number) => Uint8Array;

/** RFC 9106's way for little memory would be 64 MiB: phones with 2 GB kill a tab for that. OWASP's least is 19 MiB. */
const COST = { kib: 19_456, passes: 3 };

const ROOT_BYTES = 32;
const IV_BYTES = 12;
const LABELS = { seal: "porchlight/storage seal/1", name: "porchlight/storage name/1", root: "porchlight/storage root/1" };

export class Vault {
  constructor(readonly keys: OpenKeys) {}

  /** New keys that open nothing that was there before. */
  static async create(): Promise<Vault> {
    return new Vault(await keysOf(crypto.getRandomValues(new Uint8Array(ROOT_BYTES))));
  }

  /** New keys that only the PIN brings back. */
  static async createLocked(pin: string, stretch: Stretch): Promise<{ vault: Vault; locked: LockedKeys }> {
    const root = crypto.getRandomValues(new Uint8Array(ROOT_BYTES));
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const key = await pinKey(pin, { salt, ...COST }, stretch);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(LABELS.root) }, key, root);
    const locked = { salt, ...COST, iv, root: new Uint8Array(sealed) };
    return { vault: new Vault(await keysOf(root)), locked };
  }

  /** Nothing: that was not the PIN. */
  static async unlock(pin: string, locked: LockedKeys, stretch: Stretch): Promise<Vault | undefined> {
    const key = await pinKey(pin, locked, stretch);
    try {
      const parameters = { name: "AES-GCM", iv: locked.iv, additionalData: bytes(LABELS.root) };
      return new Vault(await keysOf(new Uint8Array(await crypto.subtle.decrypt(parameters, key, locked.root))));
    } catch {
      return undefined;
    }
  }

  /** What a key is called in the database: says nothing, and is the same each time. */
  async name(key: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.keys.name, key));
  }

  /** Key and value as one sealed piece, which opens only under its own name. */
  async seal(name: Uint8Array<ArrayBuffer>, key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const plain = new Uint8Array(4 + key.length + value.length);
    new DataView(plain.buffer).setUint32(0, key.length);
    plain.set(key, 4);
    plain.set(value, 4 + key.length);
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: name }, this.keys.seal, plain);
    const piece = new Uint8Array(IV_BYTES + sealed.byteLength);
    piece.set(iv);
    piece.set(new Uint8Array(sealed), IV_BYTES);
    return piece;
  }

  /** The pair that was sealed; throws where the piece is damaged or not from these keys. */
  async open(name: Uint8Array<ArrayBuffer>, piece: Uint8Array<ArrayBuffer>): Promise<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
    const iv = piece.slice(0, IV_BYTES);
    const parameters = { name: "AES-GCM", iv, additionalData: name };
    const plain = await crypto.subtle.decrypt(parameters, this.keys.seal, piece.slice(IV_BYTES));
    const length = new DataView(plain).getUint32(0);
    return [new Uint8Array(plain.slice(4, 4 + length)), new Uint8Array(plain.slice(4 + length))];
  }
}

async function keysOf(root: Uint8Array<ArrayBuffer>): Promise<OpenKeys> {
  const base = await crypto.subtle.importKey("raw", root, "HKDF", false, ["deriveKey"]);
  root.fill(0);
  const from = (label: string) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: bytes(label) });
  const [seal, name] = await Promise.all([
    crypto.subtle.deriveKey(from(LABELS.seal), base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveKey(from(LABELS.name), base, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]),
  ]);
  return { seal, name };
}

async function pinKey(pin: string, { salt, kib, passes }: Pick<LockedKeys, "salt" | "kib" | "passes">, stretch: Stretch): Promise<CryptoKey> {
  const raw = new Uint8Array(stretch(pin.normalize("NFKC"), salt, kib, passes));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  return key;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
