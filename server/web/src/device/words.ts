// What crosses to the device and back about words that are told: types and no code. The same shapes as
// protocol/wasm/src/words.rs. All of it is slow on purpose.

import type { Id } from "./messages";

export interface WordsAsks {
  /** Six words for an invitation; news `codeKept` says that they work, for a day. */
  tell: { ask: { group: Id; link: string }; get: string };
  /** Looks for the invitation behind six words on a server; news `codeFound` or `codeNotFound` follows. */
  find: { ask: { url: string; words: string }; get: null };
  /** Twelve recovery words for all groups, in place of earlier ones: they are not shown again. */
  makeRecovery: { ask: object; get: string };
  /** Makes words that are on paper count for groups that were joined since. */
  addRecovery: { ask: { words: string }; get: null };
  /** Where recovery words stand; news `statusChanged` says that it may be another. */
  recovery: { ask: object; get: RecoveryStanding[] };
  /** Goes back into the groups behind recovery words; news `listFound` or `codeNotFound` follows. */
  restore: { ask: { url: string; words: string }; get: null };
  /** Gives the search up. */
  stop: { ask: object; get: null };
}

export interface RecoveryStanding {
  group: Id;
  state: "ready" | "waiting" | "lacking";
}

/** News that belong to no group have none. */
export type WordsNews =
  | { news: "codeKept"; group: Id }
  | { news: "codeRefused"; group: Id; reason: string }
  | { news: "codeFound"; group?: undefined; link: string }
  | { news: "listFound"; group?: undefined; groups: Id[] }
  | { news: "codeNotFound"; group?: undefined; reason: string };
