// What crosses to the device and back about who is in a group: types and no code. The same shapes as
// protocol/wasm/src/roster.rs.

import type { Id, Role, Time } from "./messages";

export interface RosterAsks {
  /** `circles`: who goes out of which of them in the same step; all or nothing. */
  remove: { ask: Who & { circles: (Who & { circle: Id })[] }; get: null };
  elsewhere: { ask: { member: Id }; get: Elsewhere };
  leave: { ask: object; get: null };
  /** Takes the group off this phone with all that is stored of it; refused where others are in with it. */
  takeOff: { ask: object; get: null };
  setRole: { ask: { member: Id; role: Role }; get: null };
  rename: { ask: { member: Id; name: string }; get: null };
  rotate: { ask: object; get: null };
  invitations: { ask: object; get: Invited[] };
  closeInvitation: { ask: { invitation: Id }; get: null };
  /** Who waited when the server was last asked; `askLobby` asks it, news `lobbyChanged` says that the answer is here. */
  lobby: { ask: object; get: Newcomer[] };
  askLobby: { ask: object; get: null };
  vouch: { ask: { device: Id }; get: null };
  admit: { ask: { device: Id }; get: null };
  refuse: { ask: { device: Id }; get: null };
  /** What the server held of removed devices when it was last asked; `askHeld` and news `heldChanged` are alike. */
  held: { ask: object; get: Held[] };
  askHeld: { ask: object; get: null };
  acceptHeld: { ask: { device: Id }; get: null };
  discardHeld: { ask: { device: Id }; get: null };
}

/** Members and single devices. */
export interface Who {
  members: Id[];
  devices: Id[];
}

/** Where else a member is; `closed`: the names of circles that this phone is not in. */
export interface Elsewhere {
  circles: ElsewhereCircle[];
  closed: string[];
}

export interface ElsewhereCircle {
  circle: Id;
  name: string;
  member: Id;
  memberName: string;
  /** Whether it is certain that it is the same person; else only the name is the same. */
  sure: boolean;
  /** Whether this phone may take them out there. */
  mayRemove: boolean;
  /** Their devices there, and which of the group each is; null where that is not known. */
  devices: { there: Id; here: Id | null }[];
}

/** An invitation that is not turned off. */
export interface Invited {
  id: Id;
  role: Role;
  expires: Time;
  usesLeft: number;
  /** The member whose further device, or way back in, it is for. */
  member: Id | null;
  /** How many members must vouch; null where nobody has to approve. */
  vouches: number | null;
  by: Id;
  open: boolean;
}

/** Somebody in the lobby. */
export interface Newcomer {
  device: Id;
  /** Empty if what they said cannot be read here. */
  name: string;
  words: string;
  time: Time;
  /** Members who vouched. */
  vouched: Id[];
  /** How many others than the organizer who decides must vouch. */
  needed: number;
  invitation: Id;
}

/** What a removed device had written and the server holds. */
export interface Held {
  device: Id;
  /** What its member was called; empty if nobody knows any more. */
  name: string;
  changes: number;
  /** As `contacts` or `note/…`. */
  documents: string[];
}

/** How this phone went, if it is not in the group any more. */
export interface Departure {
  bySelf: boolean;
  memberStays: boolean;
  by: Id | null;
  time: Time;
  work: "nothing" | "here" | "held" | "discarded";
}
