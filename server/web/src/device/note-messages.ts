// What crosses between the threads about notes: types and no code. The same shapes as protocol/wasm/src/notes.rs.

import type { Id, Presence, Stamp } from "./messages";

/** Requests by what they ask; one of them stands in `{ group, ask: { list: { search } } }`. */
export interface NoteRequests {
  list: { ask: { search: string }; get: NoteLine[] };
  add: { ask: { heading: Heading; template: "empty" | "meeting" }; get: Id };
  show: { ask: { note: Id }; get: NoteView };
  /** Writes what differs between the text at a version and this one; what others wrote since stays. */
  edit: { ask: { note: Id; version: string | null; text: string }; get: NoteView };
  setHeading: { ask: { note: Id; before: Heading; after: Heading }; get: null };
  settle: { ask: { note: Id; field: string; text: string }; get: null };
  setTask: { ask: { note: Id; line: Id; task: Task | null }; get: null };
  answerLine: { ask: { note: Id; line: Id; answer: "keep" | "remove" }; get: null };
  setAttendance: { ask: { note: Id; attendee: Attendee }; get: null };
  dropAttendance: { ask: { note: Id; key: string }; get: null };
  linkDecision: { ask: { note: Id; decision: Id }; get: null };
  unlinkDecision: { ask: { note: Id; decision: Id }; get: null };
  remove: { ask: { note: Id; reason: string }; get: null };
  keep: { ask: { note: Id }; get: null };
  history: { ask: { note: Id }; get: { spans: Span[]; authors: Record<string, string> } };
  compare: { ask: { note: Id; from: string; to: string | null }; get: { compared: Compared; authors: Record<string, string> } };
  restore: { ask: { note: Id; version: string }; get: null };
  tasks: { ask: object; get: TaskLine[] };
}

/** What stands above a note. `date` is a day such as `2026-01-31`. */
export interface Heading {
  title: string;
  date: string;
  place: string;
}

/** One line of the list of notes; `open` tasks are not ticked. */
export interface NoteLine extends Heading {
  id: Id;
  open: number;
  /** Somebody removed it while somebody else changed it. */
  asked: boolean;
}

export interface NoteView {
  note: Note;
  /** Names by what `Stamp.who` says; those that nobody knows are missing. */
  authors: Record<string, string>;
}

export interface Note extends Heading {
  /** Names this state of the note. */
  version: string;
  /** Markdown. */
  text: string;
  lines: Line[];
  attendance: Attendee[];
  decisions: Id[];
  conflicts: NoteConflict[];
  presence: Presence;
}

export interface Line {
  id: Id;
  /** As people write it, box and all. */
  text: string;
  /** What is to be done, if it is a task. */
  what: string | null;
  task: Task | null;
  /** Who removed it while who changed it. */
  asked: (Presence & { is: "asked" }) | null;
  conflicts: NoteConflict[];
}

/** The owner is a name, `due` a day; both may be empty. */
export interface Task {
  done: boolean;
  owner: string;
  due: string;
}

/** What two people wrote without knowing of each other: title, date, place; owner, due or box of a task. */
export interface NoteConflict {
  field: string;
  versions: (Stamp & { text: string })[];
}

/** `key` is `contact/…` or `member/…`; for others it is made of the name if empty. */
export interface Attendee {
  key: string;
  name: string;
  state: string;
}

/** What one person wrote in one go: from `before` to `version`. */
export interface Span extends Stamp {
  version: string;
  before: string;
  edits: number;
}

export interface Compared {
  before: Heading;
  after: Heading;
  lines: LineChange[];
}

export interface LineChange {
  id: Id;
  before: string | null;
  after: string | null;
  by: Stamp[];
}

export interface TaskLine {
  note: Id;
  /** The note's, and its version. */
  title: string;
  version: string;
  line: Line;
}
