// One connection to a server: a WebSocket, or where those are blocked the same frames by HTTP POST.

import { Opens } from "../../pkg/core.js";
import { Cutter } from "./cutter";

export interface LinkEvents {
  opened(): void;
  received(frame: Uint8Array<ArrayBuffer>): void;
  closed(reason: string): void;
  /** So many bytes went over the network. */
  used(bytes: number): void;
}

/** What opening a connection costs beside the frames, about: the request for a WebSocket and its answer. */
const OPENING_BYTES = 700;

/** Gives up on a server that takes the connection and then says nothing. */
const PATIENCE_MS = 20_000;

/** What a body takes on its way up at most, in milliseconds a byte: a browser does not tell how much of it has arrived. */
const UPLOAD_MS = 1;

/** A server that has no room is left alone for no longer than this, whatever it says: the device asks again by itself. */
const LONGEST_BUSY_MS = 15_000;

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

  /** The device has dealt with one more thing that it was told here, and has said all it has to say to that. */
  heard(): void {
    this.post?.heard();
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
    let isGone = false;
    const gone = (reason: string) => {
      clearTimeout(impatience);
      if (this.ended || isGone) return;
      isGone = true;
      if (stood) this.end(reason);
      else this.openPost();
    };
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
    socket.onclose = (event) => gone(event.reason || `closed with ${event.code}`);
    // Where the browser itself refuses, as this app's own policy makes it for a server without TLS, Chromium says only this.
    socket.onerror = () => {
      if (socket.readyState === WebSocket.CLOSED) gone("the connection broke");
    };
  }

  private openPost(): void {
    this.socket = undefined;
    try {
      this.post = new PostLink(`${this.url}/sync`, {
        opened: () => {
          detours.set(this.url, Date.now() + DETOUR_MS);
          this.events.opened();
        },
        received: (frame) => this.events.received(frame),
        closed: (reason) => this.end(reason),
        used: (bytes) => this.events.used(bytes),
      });
    } catch (problem) {
      // It takes a part of the core that cannot be had where there is no network either.
      this.end(String(problem));
    }
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
 * What has come is told at once, frame by frame: where the line breaks in the middle the next Link goes on behind it. The
 * server forgets each request once it is answered, so what follows needs its Open again: see Opens in the core.
 */
export class PostLink {
  private readonly opens = new Opens();
  private frames: Uint8Array<ArrayBuffer>[] = [];
  private stage: "exchanging" | "resting" = "exchanging";
  private isWelcomed = false;
  /** What was told and not yet dealt with: what is said to all of it goes out together. */
  private unheard = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly abort = new AbortController();

  constructor(
    private readonly address: string,
    private readonly events: LinkEvents,
  ) {
    void this.exchange(new Uint8Array(), false);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.frames.push(frame);
  }

  heard(): void {
    this.unheard -= 1;
    this.flush();
  }

  flush(): void {
    if (this.frames.length === 0 || this.unheard > 0 || this.stage !== "resting" || this.abort.signal.aborted) return;
    let request: ReturnType<Opens["request"]>;
    try {
      request = this.opens.request(this.frames);
    } catch (problem) {
      this.end(String(problem));
      return;
    }
    this.frames = [];
    // What the device wants to say needs a new beginning; it says it again there.
    if (request === undefined) this.end("there is more to say");
    else void this.exchange(...request);
  }

  close(): void {
    clearTimeout(this.timer);
    this.abort.abort();
  }

  /** Sends a request and tells what is answered; where something was left out of it, that needs a new beginning. */
  private async exchange(body: Uint8Array<ArrayBuffer>, left: boolean): Promise<void> {
    this.stage = "exchanging";
    try {
      await this.hear(await this.post(body));
    } catch (problem) {
      this.end(problem instanceof Error ? problem.message : String(problem));
      return;
    }
    if (left) {
      this.end("there is more to say");
      return;
    }
    this.stage = "resting";
    this.endAfter(NEXT_EXCHANGE_MS, "the exchange is over");
    this.flush();
  }

  private async post(body: Uint8Array<ArrayBuffer>): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    this.isPatient(body.length * UPLOAD_MS);
    this.events.used(OPENING_BYTES + body.length);
    const response = await fetch(this.address, {
      method: "POST",
      body,
      headers: { "content-type": "application/octet-stream" },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: this.abort.signal,
    });
    if (response.status === 429 || response.status === 503) {
      const wanted = Number(response.headers.get("retry-after")) * 1000 || 0;
      await new Promise((resolve) => (this.timer = setTimeout(resolve, Math.min(wanted, LONGEST_BUSY_MS))));
      throw new Error("the server has too much to do at the moment");
    }
    // A login page of a café's network answers everything: that is not the server.
    if (!response.ok || response.body === null) throw new Error(NOT_OURS);
    return response.body;
  }

  /** Tells the frames of an answer as they come. The first is a Welcome, which only the first answer is asked for. */
  private async hear(answer: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const cutter = new Cutter();
    let isFirst = true;
    for (const reader = answer.getReader(); ; ) {
      this.isPatient();
      const { done, value } = await reader.read();
      if (done) break;
      this.events.used(value.length);
      for (const frame of cutter.cut(value)) {
        if (!isFirst) this.tell(frame);
        else if (!this.isWelcomed) this.welcome(frame);
        isFirst = false;
      }
    }
    clearTimeout(this.timer);
    if (isFirst || !cutter.isEmpty) throw new Error(NOT_OURS);
  }

  private welcome(frame: Uint8Array<ArrayBuffer>): void {
    this.isWelcomed = true;
    this.unheard += 1;
    this.events.opened();
    this.tell(frame);
  }

  private tell(frame: Uint8Array<ArrayBuffer>): void {
    this.unheard += 1;
    this.events.received(frame);
  }

  /** Ends it if nothing comes for a while, and no later: what does come, however slowly, is worth waiting for. */
  private isPatient(longer = 0): void {
    this.endAfter(PATIENCE_MS + longer, "the server does not answer");
  }

  private endAfter(time: number, reason: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(reason), time);
  }

  private end(reason: string): void {
    if (this.abort.signal.aborted) return;
    this.close();
    this.events.closed(reason);
  }
}

const NOT_OURS = "what answered is not a Porchlight server";
