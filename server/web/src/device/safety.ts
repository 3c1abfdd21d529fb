// What the worker does about the lock of the app, wiping the phone and the data used, none of which the core knows.

import type { Answer, Request } from "./messages";
import { waitAfter } from "./patience";
import { isFull, type Store } from "./store";
import { stretchPin } from "../../pkg/core.js";

/** Wrong PINs in a row, and when the last was; kept so that starting the app again does not start the wait afresh. */
interface Patience {
  failures: number;
  last: number;
}

interface Usage {
  /** Such as `2026-11`. */
  month: string;
  bytes: number;
}

/** Answered without the core, though not while the app is locked. */
const OPERATIONS = ["unlock", "lockState", "setLock", "setAutoLock", "dataUse", "draft", "keepDraft"] as const;

type SafetyRequest = Extract<Request, { do: (typeof OPERATIONS)[number] }>;

export function isForSafety(request: Request): request is SafetyRequest {
  return OPERATIONS.some((operation) => operation === request.do);
}

const DEFAULT_AUTO_LOCK = 5;

function nextTry({ failures, last }: Patience): number {
  return last + waitAfter(failures);
}

export class Safety {
  /** After so many minutes without a touch the app locks itself, if it has a lock. */
  autoLock = DEFAULT_AUTO_LOCK;
  private bytes = 0;
  /** Drafts that there was no room for; nothing where one is to be forgotten. */
  private readonly unkept = new Map<string, string | undefined>();

  private constructor(private readonly store: Store) {}

  static async of(store: Store): Promise<Safety> {
    const safety = new Safety(store);
    const minutes = await store.setting("autoLock");
    if (typeof minutes === "number") safety.autoLock = minutes;
    return safety;
  }

  /** Bytes went over the network. */
  used(bytes: number): void {
    this.bytes += bytes;
  }

  /** Until when the next PIN has to wait. */
  async notBefore(): Promise<number> {
    return nextTry(await this.patience());
  }

  async answer(request: SafetyRequest): Promise<Answer> {
    switch (request.do) {
      case "unlock":
        return this.tryPin(request.pin);
      case "lockState":
        return { ok: true, value: { on: this.store.hasLock, autoLock: this.autoLock } };
      case "setLock": {
        const known = this.store.hasLock ? await this.tryPin(request.old) : undefined;
        if (known?.ok === false) return known;
        await this.store.setPin(request.pin ?? undefined, stretchPin);
        return { ok: true, value: null };
      }
      case "setAutoLock":
        this.autoLock = request.minutes;
        await this.store.keepSetting("autoLock", request.minutes);
        return { ok: true, value: null };
      case "dataUse":
        return { ok: true, value: (await this.keepUse()).bytes };
      case "draft": {
        const { name } = request;
        return { ok: true, value: (this.unkept.has(name) ? this.unkept.get(name) : await this.store.draft(name)) ?? null };
      }
      case "keepDraft":
        this.unkept.set(request.name, request.text ?? undefined);
        await this.keepDrafts();
        return { ok: true, value: null };
    }
  }

  /** Keeps what was typed while there was no room. */
  async keepDrafts(): Promise<void> {
    for (const [name, text] of this.unkept) {
      await this.store.keepDraft(name, text);
      this.unkept.delete(name);
    }
  }

  /** What nobody may read without the PIN is not held here either. */
  lock(): void {
    this.unkept.clear();
  }

  /** Adds what was used since the last time to this month's sum. */
  async keepUse(now = new Date()): Promise<Usage> {
    const month = now.toISOString().slice(0, 7);
    const before = (await this.store.setting("usage")) as Usage | undefined;
    // Looked at every few seconds: an idle phone must not write to its disk each time.
    if (before?.month === month && this.bytes === 0) return before;
    const usage = { month, bytes: (before?.month === month ? before.bytes : 0) + this.bytes };
    try {
      await this.store.keepSetting("usage", usage);
      this.bytes = 0;
    } catch (problem) {
      // Added another time.
      if (!isFull(problem)) throw problem;
    }
    return usage;
  }

  private async tryPin(pin: string): Promise<Answer> {
    const patience = await this.patience();
    const wait = nextTry(patience);
    if (Date.now() < wait) return { ok: false, fault: { code: "pin_wait", detail: String(wait) } };
    // Written before the PIN is looked at: ending the app in between gains nothing.
    await this.store.keepSetting("patience", { failures: patience.failures + 1, last: Date.now() } satisfies Patience);
    if (!(await this.store.unlock(pin, stretchPin))) {
      return { ok: false, fault: { code: "pin_wrong", detail: String(await this.notBefore()) } };
    }
    await this.store.keepSetting("patience", { failures: 0, last: 0 } satisfies Patience);
    return { ok: true, value: null };
  }

  private async patience(): Promise<Patience> {
    return ((await this.store.setting("patience")) as Patience | undefined) ?? { failures: 0, last: 0 };
  }
}
