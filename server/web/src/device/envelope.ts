// How tabs and the one worker that holds the device address each other: types and names, no code that runs.

import type { Answer, News, Request } from "./messages";

/** All tabs of one browser share it. The number changes when old and new envelopes cannot understand each other. */
export const CHANNEL = "porchlight/1";

/** Whoever holds this lock runs the device; the others wait for it. */
export const LOCK = "porchlight-device";

/** What a tab sends to whichever worker holds the device. */
export type ToDevice =
  | { to: "device"; from: string; kind: "hello"; release: string }
  | { to: "device"; from: string; kind: "ask"; id: number; request: Request; bytes?: Uint8Array<ArrayBuffer> }
  | { to: "device"; from: string; kind: "wake" }
  /** This tab has loaded so many bytes of the app since it last said so. */
  | { to: "device"; from: string; kind: "used"; used: number }
  /** Somebody touched this tab; it may have loaded so many bytes of the app since it last said so. */
  | { to: "device"; from: string; kind: "active"; used: number }
  | { to: "device"; from: string; kind: "hand-over" };

/**
 * What the worker that holds the device sends: an answer to one tab, or news for all. A tab that was frozen may wake up
 * and still speak: what comes with a lower turn than was heard before is not listened to. Who could not even open the
 * store has no turn.
 */
export type FromDevice =
  | { to: "tab"; tab: string; id: number; turn: number; answer: Answer }
  | { to: "tabs"; turn: number | undefined; release: string; standing: Standing }
  | { to: "tabs"; turn: number; news: News }
  /** All of the core is here: there is time to keep what else the app may need. */
  | { to: "tabs"; turn: number; whole: true }
  /** Whether there is no room: everything can be read, and nothing new is kept, sent or fetched. */
  | { to: "tabs"; turn: number; full: boolean }
  /** Nothing will be heard for a while: the rest of the core was needed in the middle of something, and is loaded. */
  | { to: "tabs"; turn: number; silent: true };

/** What a tab says to the others: the app is about to be locked, what is typed there is to be kept; and that it is. */
export type ToOthers = { to: "others"; kind: "keep" | "kept" };

export type Envelope = ToDevice | FromDevice | ToOthers;

/** What a tab says to its own worker, and to no other. */
export type ToWorker = { kind: "start"; release: string } | { kind: "take-over" };

/** What a worker says to its own tab, and to no other: it cannot go on, and another is to take its place. */
export type FromWorker = "start-again";

/** How the device stands. */
export type Standing =
  | { is: "opening" }
  /** Nothing is done before the rest of the app's core is here, which is being fetched. */
  | { is: "waiting" }
  /** Nothing can be read before the PIN, which is looked at from `notBefore` on; milliseconds since 1970. */
  | { is: "locked"; notBefore: number }
  | { is: "ready" }
  /** Nothing was changed; the reason is for people, the detail for whoever mends it. */
  | { is: "failed"; reason: "unreadable" | "storage" | "storage-gone" | "core"; detail: string }
  /** Somebody wiped the phone: there is nothing here any more. */
  | { is: "wiped" }
  /** Another tab runs the device now. */
  | { is: "left" };
