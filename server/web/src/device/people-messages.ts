// What crosses between the threads about the list of contacts as a whole: types and no code. The same shapes as
// protocol/wasm/src/people.rs.

import type { Details, Id, TextField } from "./messages";

/** Requests by what they ask; one of them stands in `{ group, ask: { rounds: {} } }`. Days are `2026-05-02`. */
export interface PeopleRequests {
  /** Who did not say within a year that all is right. */
  due: { ask: { today: string }; get: Due[] };
  confirm: { ask: { contacts: Id[]; today: string }; get: null };
  /** Pairs that share a number and of which nobody said that they are different people. */
  duplicates: { ask: object; get: Duplicate[] };
  setApart: { ask: { one: Id; other: Id }; get: null };
  proposeMerge: { ask: { into: Id; from: Id }; get: Proposal };
  merge: { ask: { into: Id; from: Id; details: Details }; get: null };
  /** The rounds of calls, the earliest first. */
  rounds: { ask: object; get: Round[] };
  /** Begins a round of calls, and gives its name. */
  beginCalls: { ask: object; get: string };
  /** `first`: who begins, if it is to be somebody in particular. */
  tree: { ask: { first: Id | null; round: string }; get: { branches: Branch[]; page: string } };
  markCall: { ask: { round: string; contact: Id; state: Call }; get: null };
}

export type Call = "open" | "tried" | "noAnswer" | "reached";

/** Somebody in the phone tree. */
export interface Branch {
  contact: Id;
  name: string;
  number: string | null;
  /** Who calls them; nobody calls the first. */
  caller: Id | null;
  /** Who makes their calls if they do not react. */
  backup: Id | null;
  /** In which language they are called. */
  language: string | null;
  calls: Id[];
  state: Call;
}

/** Somebody who is to be asked whether all is still right. */
export interface Due {
  contact: Id;
  name: string;
  number: string | null;
  /** The day; null if nobody ever asked. */
  confirmed: string | null;
}

/** Two contacts that share a number. */
export interface Duplicate {
  number: string;
  contacts: [Id, Id];
  names: [string, string];
}

/** What one contact of two would say: the first one's texts where they differ, everything in the lists. */
export interface Proposal {
  details: Details;
  /** The texts in which they differ: the first one's, then the other's. */
  differences: [TextField, string, string][];
  /** Names the state of the list that it is about. */
  version: string;
}

/** A round of calls: when it began, in milliseconds since 1970; null for one that has a name only. */
export interface Round {
  name: string;
  began: number | null;
}
