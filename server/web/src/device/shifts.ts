// What crosses to the device and back about shifts: types and no code. The same shapes as protocol/wasm/src/shifts.rs.

import type { Id, Stamp, Time } from "./messages";

/** A day written `2026-10-14`, a minute of the clock written `2026-10-14T19:00`. */
export type Day = string;
export type Minute = string;

/** A member (`m.` and their id) or a contact without a phone of their own here (`c.` and its id). */
export type Person = string;

/** What can be asked: one of these, with its own fields. */
export interface ShiftAsks {
  list: { ask: { from: Day; to: Day }; get: Listed };
  shift: { ask: { shift: Id }; get: WholeShift };
  plan: { ask: { on: Day }; get: Plan };
  datesWithPeople: { ask: { series: Id; from: Minute }; get: Shift[] };
  /** Those without people that were moved or cancelled. */
  datesThatDiffer: { ask: { series: Id; from: Minute }; get: Shift[] };
  change: { ask: ShiftChange; get: Id | null };
  export: { ask: { from: Day; to: Day; person: Person | null; alarm: number | null }; get: string };
}

/** One thing to do. Without a person it is the member whose phone this is. */
export type ShiftChange =
  | { add: { details: ShiftDetails; when: When; rule: string | null } }
  | { useTemplate: { template: Template; first: string; second: string; place: string; from: Day } }
  | { edit: { shift: Id; before: ShiftDetails; after: ShiftDetails } }
  | { settle: { shift: Id; field: string; text: string } }
  | { move: { shift: Id; when: When } }
  | { cancel: { shift: Id; reason: string } }
  | { restore: { shift: Id } }
  | { remove: { shift: Id } }
  | { signUp: { shift: Id; person: Person | null; companions: number; part: When | null } }
  | { leave: { shift: Id; person: Person | null; reason: string } }
  | { answer: { shift: Id; person: Person | null; answer: "yes" | "no" | "later" } }
  | { ask: { shift: Id; person: Person } }
  | { offerToStay: { shift: Id; made: boolean } }
  | { checkIn: { shift: Id; person: Person | null } }
  | { checkOut: { shift: Id; person: Person | null } }
  | { checkBack: { shift: Id; person: Person | null } }
  | { writeHandOver: { shift: Id; note: string | null; call: string | null } }
  | { addTask: { shift: Id; text: string } }
  | { tickTask: { shift: Id; task: string; done: boolean } }
  | { acknowledge: { shift: Id; words: string } }
  | { editSeries: { series: Id; since: Day; before: ShiftDetails; after: ShiftDetails } }
  | { changeSeries: { series: Id; from: Minute; before: ShiftDetails; details: ShiftDetails; when: When; rule: string; people: WithPeople } }
  | { endSeries: { series: Id; from: Minute; people: WithPeople } };

/** What becomes of dates that already have people. */
export type WithPeople = "keep" | "moveAndAsk" | "cancelAndTell";
export type Template = "dayAndNightWatch" | "school";

/** Hours in a zone; with an empty zone, whole days, and `end` is the day after the last. */
export interface When {
  start: string;
  end: string;
  zone: string;
}

export interface ShiftDetails {
  title: string;
  place: string;
  note: string;
  bring: string;
  role: string;
  /** The line of shifts that should cover all hours. */
  line: string;
  /** 0 for as many as like. */
  needs: number;
  languages: string[];
  skills: string[];
}

export interface Named {
  name: string;
  phone: string | null;
  /** What to give to the dialer. */
  dial: string | null;
  /** Of people of one name, what tells them apart; empty where nothing need. */
  beside: string;
  /** They were in the group or its list, and are not any more. */
  isFormer: boolean;
}

export interface Listed {
  /** The group's. */
  zone: string;
  missingZones: string[];
  me: Person | null;
  people: Record<Person, Named>;
  shifts: ShiftLine[];
  gaps: Gap[];
  /** Hand-overs that nobody of the next shift has said to have. */
  unanswered: HandOver[];
}

export interface Shift {
  id: Id;
  series: Id | null;
  original: Minute | null;
  details: ShiftDetails;
  when: When;
  start: Time;
  end: Time;
  /** How much longer it is than its clock times say. */
  extraMinutes: number;
  cancelled: string | null;
  removed: boolean;
  /** Its series has no such date any more, or another has it. */
  isGone: boolean;
  /** Where its people were asked to come instead. */
  instead: Id | null;
  isException: boolean;
  conflicts: { field: string; versions: (Stamp & { text: string })[] }[];
  people: SignUp[];
  counts: Counts;
  stays: Person[];
  checks: Record<Person, { arrived: Time | null; left: Time | null }>;
  modified: Stamp | null;
}

export interface ShiftLine extends Shift {
  /** What else I am signed up for at that time. */
  clashes: Id[];
  /** Whom I am to ask to take a place that became free, or whether they come: they have no phone here. */
  asks: Person[];
  /** Who took me off, as long as I did not say that I know. */
  takenOffBy: Person | null;
}

export interface WholeShift extends ShiftLine {
  handOver: HandOver | null;
  /** What the shift before passes on to this one. */
  before: HandOver | null;
  standIns: StandIn[];
  /** Names the state of the month's shifts. */
  version: string;
  /** Names by what `Stamp.who` says. */
  authors: Record<string, string>;
}

export interface Counts {
  needs: number;
  filled: number;
  held: number;
  toConfirm: number;
  /** Free places that are kept for people on standby who were asked. */
  reserved: number;
  standby: number;
  waiting: number;
}

export type SignUp = { person: Person; companions: number; part: When | null; unsent: boolean; since: Time | null } & SignUpState;

export type SignUpState =
  | { state: "waiting" | "confirmed" | "late" | "departed" }
  | { state: "standby"; number: number; offered: boolean; until: Time | null; after: Person | null }
  | { state: "asked"; was: When; wasPlace: string; held: boolean; why: "moved" | "restored" | "invited" }
  | { state: "withdrawn"; reason: string };

/** `zone`: the one in which its shift is told; empty for whole days. */
export type Gap = { shift: Id; title: string; start: Time; end: Time; zone: string } & Lack;

export type Lack =
  | { lack: "nobody" | "uncovered" }
  | { lack: "people"; missing: number; toConfirm: number }
  | { lack: "language"; language: string }
  | { lack: "skill"; skill: string };

export interface StandIn {
  person: Person;
  standby: number | null;
  hasRole: boolean;
  languages: string[];
  clashes: Id[];
  stays: boolean;
}

export interface HandOver {
  shift: Id;
  note: string;
  versions: (Stamp & { text: string })[];
  call: string;
  calls: (Stamp & { text: string })[];
  tasks: { id: string; text: string; isDone: boolean }[];
  by: Stamp | null;
  /** Names what it says. */
  words: string;
  acknowledged: ({ person: Person } & Stamp)[];
  /** Those who had what it said before it was changed. */
  hadBefore: ({ person: Person } & Stamp)[];
}

export interface Plan {
  series: Series[];
  places: { id: string; name: string; area: string; note: string }[];
  settings: { reminders: number[] };
  /** Names the state of the plan. */
  version: string;
}

export interface Series {
  id: Id;
  details: ShiftDetails;
  when: When;
  rule: string;
  ends: Minute | null;
  follows: Id | null;
}
