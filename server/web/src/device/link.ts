// One connection to a server: a WebSocket, or where those are blocked the same frames by HTTP POST.

export interface LinkEvents {
  opened(): void;
  received(frame: Uint8Array<ArrayBuffer>): void;
  closed(reason: string): void;
  /** So many bytes went over the network. */
  used(bytes: number): void;
}

/** What opening a connection costs beside the frames, about: the request for a WebSocket and its answer. */
const OPENING_BYTES = 700;

/** The body of a POST is frames, each behind its length in four bytes, the highest first. */
const LENGTH_BYTES = 4;

/** Gives up on a server that takes the connection and then says nothing. */
const PATIENCE_MS = 20_000;

/** After an exchange by POST the next begins when there is more to say, or after this long, to hear what is new. */
const NEXT_EXCHANGE_MS = 30_000;

/** Where no WebSocket came through but requests did, they are used first for so long. */
const DETOUR_MS = 10 * 60_000;

/** By address: until when to begin with requests. */
const detours = new Map<string, number>();

export class Link {
  private socket: WebSocket | undefined;
  private post: PostLink | undefined;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly events: LinkEvents,
  ) {
    if ((detours.get(url) ?? 0) > Date.now()) this.openPost();
    else this.openSocket();
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.post !== undefined) this.post.send(frame);
    else if (this.socket?.readyState === WebSocket.OPEN) {
      this.events.used(frame.length);
      this.socket.send(frame);
    }
  }

  /** Everything that was to be sent for now has been given to `send`. */
  flush(): void {
    this.post?.flush();
  }

  /** Ends it without a word to whoever listens. */
  close(): void {
    this.ended = true;
    this.socket?.close();
    this.post?.close();
  }

  private openSocket(): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(`${this.url.replace(/^http/, "ws")}/sync`);
    } catch (problem) {
      this.end(String(problem));
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    let stood = false;
    const impatience = setTimeout(() => socket.close(), PATIENCE_MS);
    socket.onopen = () => {
      stood = true;
      clearTimeout(impatience);
      this.events.used(OPENING_BYTES);
      if (!this.ended) this.events.opened();
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (this.ended) return;
      if (message.data instanceof ArrayBuffer) {
        this.events.used(message.data.byteLength);
        this.events.received(new Uint8Array(message.data));
      } else this.end("the server sent text where frames were expected");
    };
    socket.onclose = (event) => {
      clearTimeout(impatience);
      if (this.ended) return;
      if (stood) this.end(event.reason || `closed with ${event.code}`);
      else this.openPost();
    };
  }

  private openPost(): void {
    this.socket = undefined;
    this.post = new PostLink(`${this.url}/sync`, {
      opened: () => {
        detours.set(this.url, Date.now() + DETOUR_MS);
        this.events.opened();
      },
      received: (frame) => this.events.received(frame),
      closed: (reason) => this.end(reason),
      used: (bytes) => this.events.used(bytes),
    });
  }

  private end(reason: string): void {
    if (this.ended) return;
    this.close();
    this.events.closed(reason);
  }
}

/**
 * Exchanges that follow from one another: ask for a welcome, send everything that answers it, hear what the server says,
 * answer that where the server can make sense of it; then rest a while.
 *
 * The server forgets each request once it is answered, so what follows needs its Open again: see Opens.
 */
class PostLink {
  private readonly opens = new Opens();
  private frames: Uint8Array<ArrayBuffer>[] = [];
  private stage: "asking" | "welcomed" | "sent" | "resting" = "asking";
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly abort = new AbortController();

  constructor(
    private readonly address: string,
    private readonly events: LinkEvents,
  ) {
    void this.exchange([]);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.frames.push(frame);
  }

  flush(): void {
    if (this.frames.length === 0) return;
    if (this.stage !== "welcomed" && this.stage !== "resting") return;
    const frames = this.opens.complete(this.frames);
    this.frames = [];
    clearTimeout(this.rest);
    if (frames === undefined) {
      // What the device wants to say needs a new beginning; it says it again there.
      this.events.closed("there is more to say");
      return;
    }
    this.stage = "sent";
    void this.exchange(frames);
  }

  close(): void {
    clearTimeout(this.rest);
    this.abort.abort();
  }

  private async exchange(frames: Uint8Array<ArrayBuffer>[]): Promise<void> {
    let answer: Uint8Array<ArrayBuffer>[] | undefined;
    const impatience = setTimeout(() => this.abort.abort(), PATIENCE_MS);
    try {
      const body = joinFrames(frames);
      const response = await fetch(this.address, {
        method: "POST",
        body,
        headers: { "content-type": "application/octet-stream" },
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: this.abort.signal,
      });
      // A login page of a café's network answers everything: that is not the server.
      const received = new Uint8Array(await response.arrayBuffer());
      this.events.used(OPENING_BYTES + body.length + received.length);
      if (response.ok) answer = splitFrames(received);
    } catch (problem) {
      this.events.closed(problem instanceof Error ? problem.message : String(problem));
      return;
    } finally {
      clearTimeout(impatience);
    }
    const [welcome, ...rest] = answer ?? [];
    if (welcome === undefined) {
      this.events.closed("what answered is not a Porchlight server");
      return;
    }
    if (this.stage === "asking") {
      this.stage = "welcomed";
      this.events.opened();
      this.events.received(welcome);
      return;
    }
    this.stage = "resting";
    this.rest = setTimeout(() => this.events.closed("the exchange is over"), NEXT_EXCHANGE_MS);
    for (const frame of rest) this.events.received(frame);
  }
}

/** The numbers of the frames that are looked at here; see protocol/README.md. */
const OPEN = 3;
const APPEND = 4;
const CHANGE = 5;
const GET_BOX = 7;

/** The group in a frame: behind the kind, the map's head, its first key and the head of 32 bytes. */
const GROUP = { from: 7, to: 39 };

/** In an Open, what the credential is: 0 a device, 1 an invitation. */
const CREDENTIAL = 41;

/**
 * The last Open of each group, to repeat it where it helps: before the Join that an invitation appends, and before the
 * question for the key box that a device may ask once it is in.
 */
export class Opens {
  private readonly last = new Map<string, Uint8Array<ArrayBuffer>>();

  /** The frames of a request with what they need before them; nothing where the server could not make sense of them. */
  complete(frames: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] | undefined {
    const here = new Set<string>();
    const complete: Uint8Array<ArrayBuffer>[] = [];
    for (const frame of frames) {
      const kind = frame[1];
      const group = frame.slice(GROUP.from, GROUP.to).join();
      if (kind === OPEN) {
        here.add(group);
        this.last.set(group, frame);
      } else if (!here.has(group) && (kind === CHANGE || kind === GET_BOX)) {
        const open = this.last.get(group);
        if (open?.[CREDENTIAL] !== (kind === CHANGE ? 1 : 0)) return undefined;
        here.add(group);
        complete.push(open);
      } else if (!here.has(group) && kind === APPEND) {
        return undefined;
      }
      complete.push(frame);
    }
    return complete;
  }
}

export function joinFrames(frames: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(frames.reduce((size, frame) => size + LENGTH_BYTES + frame.length, 0));
  const view = new DataView(body.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.length);
    body.set(frame, at + LENGTH_BYTES);
    at += LENGTH_BYTES + frame.length;
  }
  return body;
}

/** The frames of a body; nothing if it is not made of whole frames. */
export function splitFrames(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const frames: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + LENGTH_BYTES > body.length) return undefined;
    const length = view.getUint32(at);
    const end = at + LENGTH_BYTES + length;
    if (end > body.length) return undefined;
    frames.push(body.slice(at + LENGTH_BYTES, end));
    at = end;
  }
  return frames;
}
