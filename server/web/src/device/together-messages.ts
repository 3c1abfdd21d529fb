// What crosses between the threads about the list of contacts as a whole: types and no code. The same shapes as
// protocol/wasm/src/together.rs.

import type { Details, Id, TextField } from "./messages";

/** Requests by what they ask; one of them stands in `{ group, ask: { duplicates: {} } }`. */
export interface TogetherRequests {
  /** The rounds of calls that were made, in the order of their names. */
  rounds: { ask: object; get: string[] };
  tree: { ask: { round: string }; get: Branch[] };
  mark: { ask: { round: string; contact: Id; state: Call }; get: null };
  duplicates: { ask: object; get: { found: Duplicate[]; names: Record<Id, string> } };
  propose: { ask: { into: Id; from: Id }; get: Merged };
  merge: { ask: { into: Id; from: Id; details: Details }; get: null };
  setApart: { ask: { one: Id; other: Id }; get: null };
  /** Whom nobody has asked since a day whether all is still right. */
  unconfirmed: { ask: { since: string }; get: Unconfirmed[] };
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

export interface Duplicate {
  number: string;
  contacts: Id[];
}

/** Two contacts as one, and the texts in which they differ: the first one's, then the other's. */
export interface Merged {
  details: Details;
  differences: [TextField, string, string][];
}

export interface Unconfirmed {
  id: Id;
  name: string;
  phone: string | null;
  /** The day, or whatever somebody wrote; empty if nobody ever asked. */
  confirmed: string;
}
