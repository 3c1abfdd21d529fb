// Runs the device of this browser: one loop that feeds it and carries out what it wants, in order.
// Step 3; next: protocol/wasm/src/core.rs
//
// The same loop as protocol/native/src/run.rs. Every tab starts a worker; the one that gets the lock runs the device
// for all of them, the others wait to take over.

import { CHANNEL, LOCK, type Envelope, type FromDevice, type FromWorker, type Standing, type ToDevice, type ToWorker } from "./envelope";
import { Link } from "./link";
import { loadedBeside } from "./loaded-beside";
import type { Answer, GroupStatus, News, Request } from "./messages";
import { RestMissing, add, beginWith, fetchRest, fetchRestAtLast, isWhole, keptRest } from "./rest";
import { Safety, isForSafety } from "./safety";
import { Store, StoreError, isFull } from "./store";
import init, { Core } from "../../pkg/core.js";
import coreUrl from "../../pkg/core_bg.wasm?url";

/** What reaches the loop from outside. */
type Input =
  | { kind: "opened" | "wake" | "tick"; link?: number }
  | { kind: "received"; link: number; frame: Uint8Array<ArrayBuffer> }
  | { kind: "closed"; link: number; reason: string }
  | { kind: "ask"; from: string; id: number; request: Request; bytes: Uint8Array<ArrayBuffer> | undefined }
  | { kind: "hand-over" | "storage-gone" | "active" | "rest" };

/** The first part of the core, and the rest of it if that is on this phone. */
type Parts = [first: unknown, rest: WebAssembly.Module | undefined];

/** The setting that says that the rest of the core was missing in the middle of something: nothing is done without it. */
const REST_OWED = "restOwed";

/** How often it looks whether it is time to lock, and adds up the data used. */
const LOOK_MS = 10_000;

/** How long after the disk was found full it looks by itself whether there is room; from time to time twice as long. */
const ROOM_MS = 15_000;
const LONGEST_ROOM_MS = 600_000;

const channel = new BroadcastChannel(CHANNEL);
let release = "";

self.onmessage = (message: MessageEvent<ToWorker>) => {
  if (message.data.kind === "start") {
    release = message.data.release;
    void hold({});
  } else {
    // The place in the queue stays; this one is over when the device is given up.
    void runOnce({ steal: true });
  }
};

/** Runs the device whenever it is this worker's turn, until something fails that only a person can mend. */
async function hold(options: LockOptions): Promise<void> {
  while ((await runOnce(options)) === "left");
}

async function runOnce(options: LockOptions): Promise<Standing["is"]> {
  const runner = new Runner();
  try {
    return await navigator.locks.request(LOCK, options, () => runner.run());
  } catch (problem) {
    if (!(problem instanceof DOMException && problem.name === "AbortError")) throw problem;
    // Another tab took the lock while this one was frozen; the lease in the store keeps its late writes out.
    runner.leave();
    return "left";
  }
}

class Runner {
  private readonly inputs: Input[] = [];
  private wakeLoop: (() => void) | undefined;
  private readonly links = new Map<number, Link>();
  private alarm: ReturnType<typeof setTimeout> | undefined;
  private readonly soon = new MessageChannel();
  private turn: number | undefined;
  private standing: Standing = { is: "opening" };
  private safety: Safety | undefined;
  /** What is stored, where it is read already. */
  private stored: ReturnType<Store["entries"]> | undefined;
  private lastActive = Date.now();
  /** What the core is answering. */
  private answering: (Input & { kind: "ask" }) | undefined;
  /** What the core has answered, and was not told: perhaps it is stored. */
  private unsure: (Input & { kind: "ask" }) | undefined;
  private isWholeTold = false;
  /** There is no room: the core says what is on the disk, and hears and sends nothing. */
  private isFull = false;
  private roomMs = ROOM_MS;
  /** The requests that were taken up, by tab and number. */
  private readonly asked = new Set<string>();
  /** How many bytes this worker had loaded when they were last added to those used. */
  private counted = 0;

  /** Resolves with how it ended. */
  async run(): Promise<Standing["is"]> {
    channel.onmessage = (message: MessageEvent<Envelope>) => {
      if (message.data.to === "device") this.hear(message.data);
    };
    self.ononline = () => this.push({ kind: "wake" });
    this.soon.port1.onmessage = () => this.push({ kind: "tick" });
    const looks = setInterval(() => this.push({ kind: "active" }), LOOK_MS);
    // The core is compiled while what is stored is read: neither needs the other before both are there.
    const parts = begun(Promise.all([init({ module_or_path: coreUrl }), keptRest()]));
    try {
      const store = await Store.open();
      this.turn = store.turn;
      this.stand({ is: "opening" });
      void store.gone.then(() => this.push({ kind: "storage-gone" }));
      const safety = await Safety.of(store);
      this.safety = safety;
      if (!store.needsPin) this.stored = begun(store.entries());
      if (await this.startCore(store, await parts)) {
        safety.used(this.loadedSince());
        void loadedBeside().then((bytes) => safety.used(bytes));
        await this.runCore(store, safety);
      }
    } catch (problem) {
      this.stand(standingAfter(problem));
    } finally {
      channel.onmessage = null;
      this.soon.port1.close();
      clearInterval(looks);
      this.hangUp();
    }
    return this.standing.is;
  }

  /** Starts the core, with its rest if that is on this phone; false if it came to something else. */
  private async startCore(store: Store, [first, rest]: Parts): Promise<boolean> {
    const announce = () => this.post({ to: "tabs", turn: store.turn, silent: true });
    beginWith(first as WebAssembly.Exports, announce);
    if (rest !== undefined) add(rest);
    if ((await store.setting(REST_OWED)) !== true) return true;
    if (!isWhole() && !(await this.untilWhole(store))) return false;
    await store.keepSetting(REST_OWED, false);
    return true;
  }

  /** Runs the device, from PIN to PIN if it has one. */
  private async runCore(store: Store, safety: Safety): Promise<void> {
    try {
      do {
        if (store.needsPin && !(await this.untilUnlocked(store, safety))) break;
      } while ((await this.untilFull(store, safety, await this.openCore(store))) === "again");
    } catch (problem) {
      if (!(problem instanceof RestMissing)) throw problem;
      // Not while answering: what was cut short comes again by itself, and must find everything here.
      if (this.answering === undefined) await store.keepSetting(REST_OWED, true);
      await this.startAgain(store);
    }
  }

  private async openCore(store: Store): Promise<Core> {
    const entries = await (this.stored ?? store.entries());
    this.stored = undefined;
    try {
      return Core.open(entries, crypto.getRandomValues(new Uint8Array(32)), Date.now());
    } catch (problem) {
      if (problem instanceof RestMissing) throw problem;
      // What is stored cannot be read: that is an error to show, never an empty device to start afresh with.
      throw new OpenError(String(problem), { cause: problem });
    }
  }

  /** This core is of no use any more. Nothing was done of what has no answer, and a new worker can be asked. */
  private async startAgain(store: Store): Promise<void> {
    this.hangUp();
    if (this.unsure !== undefined) this.refuse(store, this.unsure, "interrupted", this.unsure.request.do);
    for (const input of [this.answering, ...this.inputs]) {
      if (input?.kind === "ask") this.refuse(store, input, "rest_missing", input.request.do);
    }
    this.stand({ is: "opening" });
    await this.safety?.keepUse();
    store.close();
    const again: FromWorker = "start-again";
    self.postMessage(again);
  }

  /** Waits for the rest of the core; false if it came to something else. */
  private async untilWhole(store: Store): Promise<boolean> {
    this.stand({ is: "waiting" });
    void fetchRestAtLast().then(() => this.push({ kind: "rest" }));
    for (;;) {
      const input = await this.next();
      if (input.kind === "rest") return true;
      if (input.kind === "storage-gone") throw new StoreError("storage-gone", "the browser closed the database");
      if (input.kind === "hand-over") {
        this.handOver(store);
        return false;
      }
      if (input.kind === "ask" && input.request.do === "wipe") {
        await this.wipe(store, input);
        return false;
      }
      // Anything else waits in its tab until the device is ready.
    }
  }

  /** Once a group is all here and all sent there is time for the rest, unless the phone is to save data. */
  private considerRest(core: Core): void {
    const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
    if (connection?.saveData === true) return;
    const groups = perform(core, { do: "groups" }, new Uint8Array());
    const isThrough = ({ stage, current, saving }: GroupStatus) => stage === "active" && current && saving.is === "savedAndSent";
    // Without network it comes when it is needed, or with the next start.
    if (groups.ok && (groups.value as GroupStatus[]).some(isThrough)) {
      fetchRest().then(
        () => this.push({ kind: "rest" }),
        () => undefined,
      );
    }
  }

  private tellWhole(store: Store): void {
    if (this.isWholeTold) return;
    this.isWholeTold = true;
    this.post({ to: "tabs", turn: store.turn, whole: true });
  }

  /** Lets another tab have the device, once what is under way is done. */
  leave(): void {
    this.push({ kind: "hand-over" });
  }

  /** Waits for the PIN; false if it came to something else. */
  private async untilUnlocked(store: Store, safety: Safety): Promise<boolean> {
    this.stand({ is: "locked", notBefore: await safety.notBefore() });
    for (;;) {
      const input = await this.next();
      if (input.kind === "storage-gone") throw new StoreError("storage-gone", "the browser closed the database");
      if (input.kind === "hand-over") {
        this.handOver(store);
        return false;
      }
      if (input.kind !== "ask") continue;
      if (input.request.do === "wipe") {
        await this.wipe(store, input);
        return false;
      }
      // Anything else waits in its tab until the device is ready.
      if (input.request.do !== "unlock") continue;
      const answer = await this.answerSafely(store, safety, input.request);
      this.post({ to: "tab", tab: input.from, id: input.id, turn: store.turn, answer });
      if (answer.ok) break;
      this.stand({ is: "locked", notBefore: await safety.notBefore() });
    }
    this.lastActive = Date.now();
    return true;
  }

  /**
   * What this core knows and the disk does not, it may not show, send or count on. Where there is no room, another core
   * takes its place that begins with what is on the disk, as after a crash: all that was said to be saved.
   */
  private async untilFull(store: Store, safety: Safety, core: Core): Promise<"again" | "over"> {
    try {
      return await this.loop(store, safety, core);
    } catch (problem) {
      if (!isFull(problem)) throw problem;
      this.hangUp();
      core.free();
      const asked = this.answering ?? this.unsure;
      if (asked !== undefined) this.refuse(store, asked, "storage", problem.message);
      this.answering = this.unsure = undefined;
      this.tellFull(store, true);
      return "again";
    }
  }

  private refuse(store: Store, { from, id }: Input & { kind: "ask" }, code: string, detail: string): void {
    this.post({ to: "tab", tab: from, id, turn: store.turn, answer: { ok: false, fault: { code, detail } } });
  }

  private tellFull(store: Store, isFull: boolean): void {
    this.isFull = isFull;
    this.post({ to: "tabs", turn: store.turn, full: isFull });
  }

  /** Looks by itself whether there is room, the more seldom the longer there is none. */
  private waitForRoom(): void {
    clearTimeout(this.alarm);
    this.alarm = setTimeout(() => this.push({ kind: "wake" }), this.roomMs);
  }

  /** Goes on where it stopped, if there is room. */
  private async goOn(store: Store, safety: Safety, core: Core): Promise<void> {
    if (this.isFull) {
      this.roomMs = Math.min(2 * this.roomMs, LONGEST_ROOM_MS);
      if (!(await store.hasRoom())) return this.waitForRoom();
      await safety.keepDrafts();
      this.tellFull(store, false);
      core.tick(Date.now());
    }
    core.connect(Date.now());
  }

  /** Takes one input, carries out all that follows from it, and only then takes the next. */
  private async loop(store: Store, safety: Safety, core: Core): Promise<"again" | "over"> {
    if (this.isFull) this.waitForRoom();
    else {
      core.connect(Date.now());
      await this.carryOut(store, core);
    }
    // Nobody is told anything anew who has seen it ready before.
    if (this.standing.is !== "ready") this.stand({ is: "ready" });
    for (;;) {
      const input = await this.next();
      if (store.hasLock && this.isIdle(safety)) return this.lock(store, safety, core);
      switch (input.kind) {
        case "active":
          safety.used(this.loadedSince());
          await safety.keepUse();
          break;
        case "opened":
          core.opened(input.link ?? 0, Date.now());
          break;
        case "received":
          core.received(input.link, input.frame, Date.now());
          break;
        case "closed":
          this.links.delete(input.link);
          core.closed(input.link, input.reason, Date.now());
          break;
        case "tick":
          if (!this.isFull) core.tick(Date.now());
          break;
        case "wake":
          await this.goOn(store, safety, core);
          break;
        case "ask": {
          if (!this.isNew(input)) break;
          if (input.request.do === "wipe") {
            this.answering = input;
            await this.wipe(store, input);
            return "over";
          }
          if (input.request.do === "lock" && store.hasLock) return this.lock(store, safety, core);
          this.answering = input;
          const hadLock = store.hasLock;
          const answer = await this.answer(store, safety, core, input);
          // The time until it locks by itself begins now, however long nobody touched the app that had no lock.
          if (!hadLock && store.hasLock) this.lastActive = Date.now();
          this.answering = undefined;
          this.unsure = input;
          // The answer says "done" only when what was done is on disk.
          await this.carryOut(store, core);
          this.post({ to: "tab", tab: input.from, id: input.id, turn: store.turn, answer });
          this.unsure = undefined;
          break;
        }
        case "hand-over":
          this.handOver(store);
          return "over";
        case "storage-gone":
          throw new StoreError("storage-gone", "the browser closed the database");
        case "rest":
          break;
      }
      await this.carryOut(store, core);
      if (input.kind === "opened" || input.kind === "received") this.links.get(input.link ?? 0)?.heard();
    }
  }

  /** Drains the device's outputs in order. A write is on disk before the next output is looked at. */
  private async carryOut(store: Store, core: Core): Promise<void> {
    let happened = false;
    for (;;) {
      const output = core.pollOutput();
      if (output === undefined) break;
      switch (output.kind) {
        case "persist":
        case "keep":
          await store.persist(output.writes, output.kind === "persist" ? "strict" : "relaxed");
          if (this.isFull) this.push({ kind: "wake" });
          else this.roomMs = ROOM_MS;
          break;
        case "connect":
          this.connect(output.link, output.url);
          break;
        case "send":
          this.links.get(output.link)?.send(output.frame);
          break;
        case "close":
          this.links.get(output.link)?.close();
          this.links.delete(output.link);
          break;
        case "wakeAt":
          this.wakeAt(output.time);
          break;
        case "event":
          this.post({ to: "tabs", turn: store.turn, news: JSON.parse(output.news) as News });
          happened = true;
          break;
      }
    }
    for (const link of this.links.values()) link.flush();
    if (isWhole()) this.tellWhole(store);
    else if (happened) this.considerRest(core);
  }

  /** A tab asks again whatever has no answer yet when it hears that the device is ready: that may be under way. */
  private isNew({ from, id }: Input & { kind: "ask" }): boolean {
    const name = `${from} ${id}`;
    if (this.asked.has(name)) return false;
    this.asked.add(name);
    return true;
  }

  private async answer(store: Store, safety: Safety, core: Core, { request, bytes }: Input & { kind: "ask" }): Promise<Answer> {
    if (request.do === "dataUse") safety.used(this.loadedSince() + (await loadedBeside()));
    if (isForSafety(request)) return this.answerSafely(store, safety, request);
    return perform(core, request, bytes ?? new Uint8Array());
  }

  /** The core knows nothing of what could not be kept here, and stays. */
  private async answerSafely(store: Store, safety: Safety, request: Parameters<Safety["answer"]>[0]): Promise<Answer> {
    try {
      return await safety.answer(request);
    } catch (problem) {
      // Found full for the first time, it has to stop hearing and sending as well.
      if (!isFull(problem) || !(this.isFull || store.needsPin)) throw problem;
      this.tellFull(store, true);
      return { ok: false, fault: { code: "storage", detail: problem.message } };
    }
  }

  private isIdle(safety: Safety): boolean {
    return Date.now() - this.lastActive > safety.autoLock * 60_000;
  }

  /** Nothing of what was open stays: the tabs start afresh when they hear it. */
  private lock(store: Store, safety: Safety, core: Core): "again" {
    this.hangUp();
    core.free();
    safety.lock();
    store.lock();
    return "again";
  }

  private hangUp(): void {
    clearTimeout(this.alarm);
    for (const link of this.links.values()) link.close();
    this.links.clear();
    // The next core counts its links from one again.
    const others = this.inputs.filter((input) => !("link" in input));
    this.inputs.splice(0, Infinity, ...others);
  }

  private handOver(store: Store): void {
    this.stand({ is: "left" });
    store.close();
  }

  private async wipe(store: Store, { from, id }: Input & { kind: "ask" }): Promise<void> {
    this.hangUp();
    await store.wipe();
    this.post({ to: "tab", tab: from, id, turn: store.turn, answer: { ok: true, value: null } });
    this.stand({ is: "wiped" });
  }

  private connect(id: number, url: string): void {
    if (this.isFull) return this.push({ kind: "closed", link: id, reason: "there is no room" });
    const link = new Link(url, {
      opened: () => this.push({ kind: "opened", link: id }),
      received: (frame) => this.push({ kind: "received", link: id, frame }),
      closed: (reason) => this.push({ kind: "closed", link: id, reason }),
      used: (bytes) => this.safety?.used(bytes),
    });
    this.links.set(id, link);
  }

  private wakeAt(time: number): void {
    // Until there is room it is the alarm for that.
    if (this.isFull) return;
    clearTimeout(this.alarm);
    const rest = time - Date.now();
    // What is here already goes first: Records that follow on each other are taken in together. A timer would wait for
    // some milliseconds more.
    if (rest <= 0) return this.soon.port2.postMessage(null);
    const longest = 2 ** 31 - 1;
    this.alarm = setTimeout(() => this.push({ kind: "tick" }), Math.min(rest, longest));
  }

  private hear(envelope: ToDevice): void {
    switch (envelope.kind) {
      case "ask":
        this.push({ ...envelope, bytes: envelope.bytes });
        break;
      case "hello":
        this.stand(this.standing);
        if (this.isWholeTold) this.post({ to: "tabs", turn: this.turn ?? 0, whole: true });
        if (this.isFull) this.post({ to: "tabs", turn: this.turn ?? 0, full: true });
        break;
      case "used":
        this.safety?.used(envelope.used);
        // On to the disk, before the tab is closed.
        this.push({ kind: "active" });
        break;
      case "active":
        // Whoever comes back after a long time has to find it locked, not just about to be.
        if (this.safety === undefined || !this.isIdle(this.safety)) this.lastActive = Date.now();
        this.safety?.used(envelope.used);
        // Somebody is here, and is not to wait as long as nobody would: but for room, which no touch makes.
        if (!this.isFull) this.push({ kind: "wake" });
        break;
      case "wake":
      case "hand-over":
        this.push({ kind: envelope.kind });
        break;
    }
  }

  /** What this worker loaded over the network since it was last asked: the core, and the rest of it. */
  private loadedSince(): number {
    const loaded = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const before = this.counted;
    this.counted = loaded.reduce((sum, { transferSize }) => sum + transferSize, 0);
    return this.counted - before;
  }

  private stand(standing: Standing): void {
    this.standing = standing;
    this.post({ to: "tabs", turn: this.turn, release, standing });
  }

  private post(envelope: FromDevice): void {
    channel.postMessage(envelope);
  }

  private push(input: Input): void {
    this.inputs.push(input);
    this.wakeLoop?.();
  }

  private async next(): Promise<Input> {
    for (;;) {
      const input = this.inputs.shift();
      if (input !== undefined) return input;
      await new Promise<void>((resolve) => (this.wakeLoop = resolve));
      this.wakeLoop = undefined;
    }
  }
}

function perform(core: Core, { do: operation, ...details }: Request, bytes: Uint8Array): Answer {
  return JSON.parse(core.perform(JSON.stringify({ [operation]: details }), bytes, Date.now())) as Answer;
}

/** Whoever waits for it hears how it fails, and nobody else. */
function begun<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

class OpenError extends Error {}

function standingAfter(problem: unknown): Standing {
  if (problem instanceof StoreError) {
    if (problem.fault === "lease-lost") return { is: "left" };
    return { is: "failed", reason: problem.fault, detail: problem.message };
  }
  const detail = problem instanceof Error ? problem.message : String(problem);
  return { is: "failed", reason: problem instanceof OpenError ? "unreadable" : "core", detail };
}
