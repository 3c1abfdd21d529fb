// What crosses between the threads about decisions: types and no code. The same shapes as protocol/wasm/src/notes.rs.

import type { Id, Presence, Stamp, Time } from "./messages";

/** Requests by what they ask; one of them stands in `{ group, ask: { list: {} } }`. */
export interface DecisionRequests {
  list: { ask: object; get: DecisionLine[] };
  add: { ask: { proposal: Proposal }; get: Id };
  show: { ask: { decision: Id }; get: DecisionView };
  vote: { ask: { decision: Id; ballot: Ballot }; get: null };
  rule: { ask: { decision: Id; terms: Terms }; get: null };
  setDetails: { ask: { decision: Id; details: string }; get: null };
  addOption: { ask: { decision: Id; wording: Wording }; get: Id };
  setOption: { ask: { decision: Id; option: string; wording: Wording }; get: null };
  dropOption: { ask: { decision: Id; option: string }; get: null };
  remove: { ask: { decision: Id; reason: string }; get: null };
  keep: { ask: { decision: Id }; get: null };
}

export type Method = "consent" | "majority";
export type VoteAnswer = "agree" | "abstain" | "disagree" | "block";
export type Stage = "open" | "closing" | "closed";

/** What is missing or null stays as it was; a deadline of 0 is none. */
export interface Terms {
  method?: Method | null;
  /** "5" people or "50%" of them; empty for none. */
  quorum?: string | null;
  deadline?: Time | null;
  /** In place of a deadline: so many milliseconds from when it stands in the log. */
  span?: number | null;
  close?: boolean;
}

/** Words; or a day `2026-09-17`; or a time `2026-09-17T19:00` in a zone. */
export interface Wording {
  text: string;
  zone: string;
}

export interface Proposal {
  title: string;
  details: string;
  options: Wording[];
  terms: Terms;
}

/** Answers by the key of the option; the proposal itself is the option "". */
export interface Ballot {
  answers: Record<string, VoteAnswer>;
  reason: string;
  onBehalf: OnBehalf | null;
}

export interface OnBehalf {
  contact: Id;
  name: string;
  how: string;
  day: string;
}

/** What a decision came to so far, as far as a list shows it. */
export interface Count {
  title: string;
  stage: Stage;
  /** 0 for none. */
  deadline: Time;
  method: Method;
  choices: Choice[];
  outcome: Outcome;
  eligible: number;
  answered: number;
  needed: number;
}

export interface DecisionLine extends Count {
  id: Id;
  /** Somebody removed it while somebody else changed it. */
  asked: boolean;
  needsMe: boolean;
}

export interface DecisionView {
  decision: Decision;
  /** The member that this phone is. */
  me: Id | null;
  authors: Record<string, string>;
  /** Names this state of the decision. */
  version: string;
}

export interface Decision extends Count {
  details: string;
  /** What others asked instead without knowing of it; where there are options. */
  otherTitles?: string[];
  /** What others wrote there without knowing of it. */
  otherDetails?: string[];
  quorum: string;
  takenOff?: TakenOff[];
  votes: Vote[];
  /** Members whose answer is missing or asked for again. */
  missing: Id[];
  /** The member who proposed it. */
  maker: Id | null;
  presence: Presence;
}

/** An option that was taken off: what was said to it counts for nothing any more. */
export interface TakenOff extends Wording {
  key: string;
  by: Stamp;
  /** Who had said what. */
  answers: [string, VoteAnswer][];
}

export interface Choice extends Wording {
  key: string;
  /** Other wordings that somebody wrote without knowing of this one. */
  others: string[];
  /** Somebody took it off without knowing of these words. */
  dropped: boolean;
  tally: Record<VoteAnswer | "asked", number>;
}

export interface Vote {
  /** `member/…` or `contact/…`. */
  person: string;
  name: string;
  /** `asked`: the option has been worded anew since. */
  answers: Record<string, { answer: VoteAnswer; asked: boolean }>;
  reason: string;
  onBehalf: OnBehalf | null;
  by: Stamp;
  received: Time | null;
  standing: "counted" | "replaced" | "late" | "waiting" | "notAllowed";
}

export type Outcome =
  | { is: "open" | "noQuorum" | "agreed" | "notAgreed" }
  /** Who blocks, and why. */
  | { is: "blocked"; by: [string, string][] }
  | { is: "chosen"; option: string }
  | { is: "tie"; options: string[] };
