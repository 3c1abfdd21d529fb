// What crosses between a screen's thread and the device's: types and no code.
// The same shapes as protocol/wasm/src/request.rs and what it answers.

import type { AboutRequests } from "./about-messages";
import type { ArchiveRequests } from "./archive-messages";
import type { ShiftAsks } from "./shifts";
import type { DecisionRequests } from "./decision-messages";
import type { KeepingOperations } from "./keeping";
import type { NoteRequests } from "./note-messages";
import type { PeopleRequests } from "./people-messages";
import type { Departure, RosterAsks } from "./roster";
import type { WordsAsks, WordsNews } from "./words";

/** Ids are text: hex for groups and members, words of their own for contacts. Times are milliseconds since 1970 UTC. */
export type Id = string;
export type Time = number;

export interface Operations extends KeepingOperations {
  groups: { ask: object; get: GroupStatus[] };
  members: { ask: { group: Id }; get: Member[] };
  foundGroup: { ask: FoundGroup; get: Id };
  readInvitation: { ask: { link: string }; get: Invitation };
  invite: { ask: { group: Id; role: Role; uses: number; days: number; member?: Id; vouches?: number }; get: string };
  /** `words`: to those who decide, where the invitation needs approval. */
  join: { ask: { link: string; memberName: string; words: string }; get: Id };
  /** What is got is what `RosterAsks` says of what is asked. */
  roster: { ask: { group: Id; ask: { [K in keyof RosterAsks]?: RosterAsks[K]["ask"] }; shown?: string | undefined }; get: unknown };
  /** What is got is what `WordsAsks` says of what is asked. */
  words: { ask: { [K in keyof WordsAsks]?: WordsAsks[K]["ask"] }; get: unknown };
  /** `only`: those about which somebody has to decide. */
  contacts: { ask: { group: Id; search: string; only?: "asked" }; get: ContactLine[] };
  contact: { ask: { group: Id; contact: Id }; get: ContactView };
  contactHistory: { ask: { group: Id; contact: Id }; get: { steps: Step[]; authors: Record<string, string> } };
  addContact: { ask: { group: Id; details: Details }; get: Id };
  editContact: { ask: { group: Id; contact: Id; before: Details; after: Details; shown?: string | undefined }; get: null };
  settleField: { ask: { group: Id; contact: Id; field: TextField; text: string; shown?: string | undefined }; get: null };
  removeContact: { ask: { group: Id; contact: Id; reason: string }; get: null };
  /** Takes it out of the list and its history for good. */
  forgetContact: { ask: { group: Id; contact: Id }; get: ForgetReceipt };
  keepContact: { ask: { group: Id; contact: Id }; get: null };
  previewImport: { ask: { group: Id; options: ImportOptions }; get: Preview };
  applyImport: { ask: { group: Id; options: ImportOptions; choices: Choices }; get: ImportReport };
  export: { ask: { group: Id; format: ExportFormat }; get: string };
  /** All that the server may not have, or only how far this phone has read: for another phone, without a server. */
  exportBundle: { ask: { group: Id }; get: Packed };
  greeting: { ask: { group: Id }; get: Packed };
  /** The bytes are the bundle. */
  openBundle: { ask: object; get: Unpacked };
  /** All codes that were scanned so far. */
  openCodes: { ask: { codes: string[] }; get: { missing: number; opened: Unpacked | null } };
  /** Which contact is about the member whose phone this is. */
  claimContact: { ask: { group: Id; contact: Id | null }; get: null };
  claimedContact: { ask: { group: Id }; get: Id | null };
  /** The rules of a time zone; the bytes are TZif. */
  addZone: { ask: { name: string }; get: null };
  /** What it answers depends on what is asked: see `askShifts`. */
  shifts: { ask: { group: Id; ask: { [K in keyof ShiftAsks]?: ShiftAsks[K]["ask"] }; shown?: string | undefined }; get: unknown };
  /** What is got is what `NoteRequests` says of what is asked. */
  notes: { ask: { group: Id; ask: Asked<NoteRequests>; shown?: string | undefined }; get: unknown };
  decisions: { ask: { group: Id; ask: Asked<DecisionRequests>; shown?: string | undefined }; get: unknown };
  about: { ask: { group: Id; ask: Asked<AboutRequests>; shown?: string | undefined }; get: unknown };
  archive: { ask: { group: Id; ask: Asked<ArchiveRequests>; shown?: string | undefined }; get: unknown };
  people: { ask: { group: Id; ask: Asked<PeopleRequests>; shown?: string | undefined }; get: unknown };
  /** A wrong PIN is a fault: `pin_wrong` or `pin_wait`, whose detail is when the next will be looked at. */
  unlock: { ask: { pin: string }; get: null };
  lockState: { ask: object; get: { on: boolean; autoLock: number } };
  /** With no PIN: from now on without a lock. `old` is needed where there is one. */
  setLock: { ask: { pin: string | null; old: string }; get: null };
  setAutoLock: { ask: { minutes: number }; get: null };
  lock: { ask: object; get: null };
  /** Removes everything from this browser. */
  wipe: { ask: object; get: null };
  /** Bytes over the network this month, both ways, files of the app included. */
  dataUse: { ask: object; get: number };
  draft: { ask: { name: string }; get: string | null };
  keepDraft: { ask: { name: string; text: string | null }; get: null };
}

export type Operation = keyof Operations;
export type Request = { [K in Operation]: { do: K } & Operations[K]["ask"] }[Operation];

/** Who may still have what was forgotten. */
export interface ForgetReceipt {
  devices: number;
  members: string[];
  position: number;
}

/** One of several requests, under its name. */
export type Asked<R extends Record<keyof R, { ask: unknown }>> = { [K in keyof R]: { [N in K]: R[K]["ask"] } }[keyof R];

export type Answer = { ok: true; value: unknown } | { ok: false; fault: Fault };

/** An expected failure. The code chooses the sentence on the screen. */
export interface Fault {
  code: string;
  detail: string;
}

/** Something that a screen may want to show. */
export type News =
  | { news: "documentChanged"; group: Id; document: string }
  | { news: "statusChanged"; group: Id }
  | { news: "membersChanged"; group: Id }
  | { news: "joined"; group: Id }
  /** Who waits has come: ask `lobby`; what is held of removed devices has come: ask `held`. */
  | { news: "lobbyChanged" | "heldChanged"; group: Id }
  /** A change of who is in was given up. */
  | { news: "rosterRefused"; group: Id; act: string; reason: string }
  | { news: "joinFailed"; group: Id; reason: string }
  | WordsNews;

export type Role = "organizer" | "member" | "reader";

export interface GroupStatus {
  group: Id;
  name: string;
  /** The group of this phone in whose list of circles it stands. */
  parent: Id | null;
  /** The server's base address. */
  url: string;
  /** `waiting`: in the lobby, until an organizer decides. */
  stage: "founding" | "joining" | "waiting" | "active";
  member: Id | null;
  role: Role | null;
  saving: Saving;
  /** Whether everything that the server has is here. */
  current: boolean;
  /** Changes that the server has not confirmed yet. */
  waiting: number;
  position: number;
  /** The server's time of the last record read. */
  time: Time;
  /** By how many milliseconds the server's clock is ahead of this phone's, as far as it was heard. */
  ahead: number;
  lastSent: Time | null;
  /** Records passed over because they do not fit. */
  skipped: number;
  /** Changes that only a later version of the app can show: kept for it, and passed on. */
  later: number;
  /** Records that the server had lost and that phones gave back. */
  putBack: number;
  /** Grows when the server had lost something that phones gave back, this one or others; nothing if it never had. */
  lost: number | null;
  snapshot: SnapshotState;
  /** How many saw another history of the group than this phone. */
  forks: number;
  /** Changes of others that this phone carries to the server. */
  carried: number;
  /** How many wait in the lobby, and of how many removed phones the server holds work. */
  newcomers: number;
  held: number;
  /** Set once this phone is not in the group any more. */
  departure: Departure | null;
  problem: string | null;
}

/** What stands for the log's older part; `loading`: how many documents of it are still to come while this phone starts. */
export interface SnapshotState {
  newest: number | null;
  endorsed: number | null;
  objected: boolean;
  loading: number | null;
  forgotten: number;
}

export type Saving = { is: "savedHere" } | { is: "savedAndSent" } | { is: "cannotReach"; since: Time };

export interface Member {
  id: Id;
  /** Empty until their name has arrived. */
  name: string;
  role: Role;
  since: Time;
  isSelf: boolean;
  /** This phone first, if it is one of theirs. */
  devices: MemberDevice[];
  /** What they were called before. */
  formerly: string[];
  /** What was asked for here and waits for the server: another role, or that they go. */
  coming: Role | "removed" | "left" | null;
}

export interface MemberDevice {
  id: Id;
  since: Time;
  /** When something of it last reached the log, if this phone knows. */
  wrote: Time | null;
  /** It came in with the member's recovery words. */
  recovered: boolean;
  /** It is taken out as soon as this phone reaches the server. */
  leaves: boolean;
}

export interface FoundGroup {
  name: string;
  memberName: string;
  url: string;
  /** The start link or its token; without one the server must let anybody found groups. */
  token: string | null;
  /** The server's own word on its key, for when there is no token that says it. */
  serverKey: string | null;
  country: string | null;
  zone: string | null;
  /** Of what is printed and of new minutes. */
  locale: string | null;
}

export interface Invitation {
  group: Id;
  url: string;
  /** Empty if the link does not say. */
  name: string;
  /** Whether this phone is in that group already. */
  isIn: boolean;
  /** Whether an organizer decides about those who come by it. */
  needsApproval: boolean;
  /** The name of the member whose further phone it is for; empty if it is not known. */
  whose: string | null;
  /** Whether those who join by it only read. */
  reads: boolean;
}

/** A bundle to hand over. */
export interface Packed {
  /** In base64. */
  file: string;
  /** The texts of its QR codes; none if it is too large for them. */
  codes: string[];
}

/** What came of opening a bundle. */
export interface Unpacked {
  group: Id;
  /** Whose phone made it. */
  member: Id | null;
  added: number;
  known: number;
  refused: number;
  /** How that phone's history stands to this one's. */
  meeting: "same" | "behind" | "ahead" | "unknown" | "fork";
}

/** One line of a list of contacts. */
export interface ContactLine {
  id: Id;
  name: string;
  phone: string | null;
  area: string;
  speaks: string[];
  /** All that they speak, prefer or interpret. */
  languages: string[];
  skills: string[];
  tags: string[];
  /** Somebody has to choose between versions, or whether to keep it. */
  hasQuestion: boolean;
}

/** A contact and what the people who changed it are called. */
export interface ContactView {
  contact: Contact;
  /** What to call it. */
  name: string;
  /** Its phone numbers as people write them there, in their order. */
  numbers: string[];
  /** Names by what `Stamp.who` says; those that nobody knows are missing. */
  authors: Record<string, string>;
  /** Names this state of the list. */
  version: string;
  /** It is to be forgotten for good, and goes as soon as the group's server has been told. */
  forgetting: boolean;
}

export interface Contact {
  id: Id;
  details: Details;
  conflicts: Conflict[];
  presence: Presence;
}

/** Who did something and when, by that person's own clock. */
export interface Stamp {
  who: string;
  time: Time;
}

/** A text that two people changed without knowing of each other. The first version is the one in the details. */
export interface Conflict {
  field: TextField;
  versions: (Stamp & { text: string })[];
}

export type Presence =
  | { is: "here" }
  /** `into`: the contact that it was made one with. */
  | { is: "removed"; by: Stamp; reason: string; into?: Id | null }
  /** Somebody removed it and others changed it without knowing. */
  | { is: "asked"; by: Stamp; reason: string; into?: Id | null; changed: Stamp[] };

/** One change of one field, for the history of a contact. */
export interface Step extends Stamp {
  field: string;
  before: string | null;
  after: string | null;
}

export type TextField =
  | "name"
  | "given"
  | "middle"
  | "family"
  | "prefix"
  | "suffix"
  | "nickname"
  | "organization"
  | "unit"
  | "title"
  | "area"
  | "houseNumber"
  | "availability"
  | "emergencyName"
  | "emergencyPhone"
  | "birthday"
  | "confirmed"
  | "revision"
  | "note";

export type Words = "speaks" | "prefers" | "interprets" | "skills" | "equipment" | "tags" | "uids";

/** Everything that can be said about a contact. */
export type Details = Record<TextField, string> &
  Record<Words, string[]> & {
    noDevice: boolean;
    phones: Phone[];
    emails: Labelled[];
    messengers: Messenger[];
    links: Labelled[];
    addresses: Address[];
  };

export interface Phone {
  /** As it was typed. */
  number: string;
  e164: string | null;
  extension: string | null;
  label: string;
  preferred: boolean;
}

export interface Labelled {
  value: string;
  label: string;
  preferred: boolean;
}

export interface Messenger {
  service: string;
  handle: string;
}

export interface Address {
  street: string;
  extra: string;
  postBox: string;
  town: string;
  region: string;
  postcode: string;
  country: string;
  label: string;
}

export type ExportFormat = "vcard4" | "vcard3" | "csv" | "csvSemicolon";

/** How to read a file; what is missing is guessed. */
export interface ImportOptions {
  encoding?: string;
  mapping?: Mapping;
}

/** How a sheet is read. */
export interface Mapping {
  delimiter: string;
  hasHeading: boolean;
  columns: MappedColumn[];
}

export interface MappedColumn {
  heading: string;
  column: Column;
  samples: string[];
}

/** What a column of a sheet holds. */
export type Column =
  | { kind: "ignore" | "other" | "noDevice" | "phoneLabel" | "phoneTyped" | "emailLabel" | "messengerService" | "linkLabel" | "link" | "uid" }
  | { kind: "text"; field: TextField }
  | { kind: "phone" | "email"; label: string }
  | { kind: "messenger"; service: string }
  | { kind: "addressLabel"; number: number }
  | { kind: "address"; number: number; part: AddressPart; label: string }
  | { kind: "words"; list: Words };

export type AddressPart = "street" | "extra" | "postBox" | "town" | "region" | "postcode" | "country" | "whole";

/** A file that was read, and what importing it would do. */
export interface Preview {
  format: "vcard" | "csv";
  encoding: string | null;
  /** Whether the encoding was guessed, so that names may be wrong. */
  isGuessed: boolean;
  mapping: Mapping | null;
  rows: ImportRow[];
}

/** One row of a sheet, or one card. Rows count from 1; `line` is where it begins in the file. */
export interface ImportRow {
  number: number;
  line: number;
  name: string;
  details: Details | null;
  flags: Flag[];
  proposal: Proposal;
}

/** What would be done with a row. */
export type Proposal =
  | { do: "add" | "skip" }
  | { do: "same" | "leaveOut"; contact: Id | null }
  | { do: "update" | "merge"; contact: Id | null; row: number | null; name: string; changes: Change[] }
  | { do: "refuse"; why: Refusal };

export interface Refusal {
  code: "nothing" | "cardList";
}

export interface Change {
  field: string;
  before: string | null;
  after: string | null;
}

/** What a person wants done with rows instead, by their numbers. */
export type Choices = Record<number, Choice>;

export type Choice = { do: "skip" | "add" } | { do: "contact"; contact: Id; prefer: "here" | "there" };

/** Something that a person should know about a row; the other fields fill its sentence. */
export interface Flag {
  code: string;
  text?: string;
  name?: string;
  field?: TextField;
  here?: string;
  there?: string;
  what?: string[];
  contact?: Id;
  line?: number;
  count?: number;
  row?: number;
}

export type Outcome =
  | { was: "added" | "unchanged" | "leftOut"; contact: Id | null }
  | { was: "updated" | "merged"; contact: Id | null; row: number | null; name: string; changes: Change[] }
  | { was: "refused"; why: Refusal };

export interface ImportReport {
  rows: { number: number; line: number; name: string; outcome: Outcome; flags: Flag[] }[];
  totals: { rows: number } & Record<"added" | "updated" | "merged" | "unchanged" | "leftOut" | "refused", number>;
}
