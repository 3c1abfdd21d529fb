// A tab's way to the device: asks whichever tab's worker holds it, and hears its news.

import { Asked } from "./asked";
import { CHANNEL, LOCK, type Envelope, type FromDevice, type FromWorker, type Standing, type ToDevice, type ToWorker, type ToOthers } from "./envelope";
import type { Answer, Fault, News, Operation, Operations, Request } from "./messages";

export type Result<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** A holder that says nothing for so long is a tab that the browser froze: its place is taken. */
const FROZEN_MS = 10_000;

/** Half of how long it may say nothing after it said that it will. */
const SILENT_MS = 100_000;

/** Asked although the device is not ready: they are about making it so. */
const ANYTIME: ReadonlySet<Operation> = new Set<Operation>(["unlock", "wipe"]);

/** A tab that does not answer for so long stands still, and nobody types in it. */
const STILL_MS = 500;

/** A touch is passed on at most so often. */
const TOUCH_MS = 5_000;

/** What is loaded this close together is told with one word. */
const GATHER_MS = 250;

export class Client {
  private readonly tab = crypto.randomUUID();
  private readonly channel = new BroadcastChannel(CHANNEL);
  private worker = startWorker();
  private readonly asked = new Asked();
  private turn = 0;
  private ready = false;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private lastHeard = performance.now();
  private patience = FROZEN_MS;
  private nextId = 1;
  private lastTouch = 0;
  private told = 0;
  /** Called when another tab has kept what is typed in it. */
  private kept = () => {};

  constructor(
    private readonly release: string,
    private readonly hear: {
      /** Each time that the data is opened counts one turn up. */
      standing(standing: Standing, release: string, turn: number): void;
      news(news: News): void;
      whole(): void;
      full(isFull: boolean): void;
      /** What is typed in this tab is to be kept. */
      keep(): Promise<void>;
    },
  ) {
    this.channel.onmessage = (message: MessageEvent<Envelope>) => this.receive(message.data);
    this.startDevice();
    this.post({ to: "device", from: this.tab, kind: "hello", release });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.wake();
    });
    // What it loads counts, though it may be closed before anybody touches it.
    new PerformanceObserver(() => this.tellUsedSoon()).observe({ type: "resource" });
    for (const touch of ["pointerdown", "keydown", "scroll"]) {
      document.addEventListener(touch, () => this.touched(), { capture: true, passive: true });
    }
    setInterval(() => this.watch(), FROZEN_MS / 4);
  }

  /** Resolves with what the device answers; an expected failure is a result, never an exception. */
  async ask<K extends Operation>(
    operation: K,
    details: Operations[K]["ask"],
    bytes?: Uint8Array<ArrayBuffer>,
  ): Promise<Result<Operations[K]["get"]>> {
    const id = this.nextId++;
    const request = { do: operation, ...details } as Request;
    const envelope: ToDevice & { kind: "ask" } = { to: "device", from: this.tab, kind: "ask", id, request, ...(bytes && { bytes }) };
    const answer = await new Promise<Answer>((resolve) => {
      this.asked.add(envelope, resolve);
      if (this.ready || ANYTIME.has(operation)) this.send(envelope);
    });
    return answer as Result<Operations[K]["get"]>;
  }

  private startDevice(): void {
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data !== "start-again") return;
      this.worker.terminate();
      this.worker = startWorker();
      this.startDevice();
    };
    const start: ToWorker = { kind: "start", release: this.release };
    this.worker.postMessage(start);
  }

  /** Asks a tab with another version of the app to let this one run the device. */
  takeOver(): void {
    this.post({ to: "device", from: this.tab, kind: "hand-over" });
  }

  /** Has the device try again whatever it could not do. */
  wake(): void {
    this.post({ to: "device", from: this.tab, kind: "wake" });
  }

  /** Has the other tabs keep what is typed in them; one that stands still is not waited for. */
  async keepInOthers(): Promise<void> {
    const { held = [], pending = [] } = await navigator.locks.query();
    // Each tab has the lock, or waits for it.
    let others = [...held, ...pending].filter(({ name }) => name === LOCK).length - 1;
    if (others < 1) return;
    await new Promise<void>((resolve) => {
      this.kept = () => --others === 0 && resolve();
      setTimeout(resolve, STILL_MS);
      this.post({ to: "others", kind: "keep" });
    });
  }

  private touched(): void {
    const now = performance.now();
    // Nobody would hear it before the device is ready, and what was told is not told again.
    if (!this.ready || now - this.lastTouch < TOUCH_MS) return;
    this.lastTouch = now;
    this.tellUsed("active");
  }

  private tellUsedSoon(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      if (this.ready) this.tellUsed("used");
    }, GATHER_MS);
  }

  private tellUsed(kind: "used" | "active"): void {
    const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const bytes = (loaded as PerformanceResourceTiming[]).reduce((sum, { transferSize }) => sum + transferSize, 0);
    if (kind === "active" || bytes > this.told) this.post({ to: "device", from: this.tab, kind, used: bytes - this.told });
    this.told = bytes;
  }

  private send(envelope: ToDevice & { kind: "ask" }): void {
    // It is to say what was loaded up to now.
    if (envelope.request.do === "dataUse") this.tellUsed("active");
    this.asked.sent(envelope.id);
    this.post(envelope);
  }

  private post(envelope: ToDevice | ToOthers): void {
    this.channel.postMessage(envelope);
  }

  private receive(envelope: Envelope): void {
    if (envelope.to === "others") {
      if (envelope.kind === "kept") this.kept();
      else void this.hear.keep().then(() => this.post({ to: "others", kind: "kept" }));
      return;
    }
    if (envelope.to === "device" || (envelope.turn ?? this.turn) < this.turn) return;
    this.lastHeard = performance.now();
    this.patience = "silent" in envelope ? SILENT_MS : FROZEN_MS;
    if (envelope.to === "tab") this.settle(envelope);
    else if ("news" in envelope) this.hear.news(envelope.news);
    else if ("whole" in envelope) this.hear.whole();
    else if ("full" in envelope) this.hear.full(envelope.full);
    else if ("standing" in envelope) this.holderStands(envelope);
  }

  private settle(envelope: FromDevice & { to: "tab" }): void {
    if (envelope.tab !== this.tab) return;
    this.asked.settle(envelope.id, envelope.answer);
  }

  private holderStands({ turn, release, standing }: Extract<FromDevice, { standing: Standing }>): void {
    const passedOn = this.turn > 0 && turn !== undefined && turn > this.turn;
    this.turn = turn ?? this.turn;
    this.ready = standing.is === "ready";
    if (passedOn) this.asked.passedOn();
    // Whoever begins anew says so when nothing is under way; one that has no turn yet says nothing of the one before it.
    else if (standing.is === "opening" && turn === this.turn) this.asked.over();
    this.hear.standing(standing, release, this.turn);
    if (this.ready) for (const envelope of this.asked.envelopes()) this.send(envelope);
    if (this.ready) this.tellUsed("used");
    if (standing.is === "failed") this.asked.refuseAll({ code: "device_failed", detail: standing.reason });
  }

  private watch(): void {
    if (document.visibilityState !== "visible") return;
    const silence = performance.now() - this.lastHeard;
    if (silence > 2 * this.patience) {
      this.lastHeard = performance.now();
      const takeOver: ToWorker = { kind: "take-over" };
      this.worker.postMessage(takeOver);
    } else if (silence > this.patience) {
      this.post({ to: "device", from: this.tab, kind: "hello", release: this.release });
    }
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}
