// What crosses to the device and back about who is in a group: types and no code. The same shapes as
// protocol/wasm/src/roster.rs.

import type { Id, Role, Time } from "./messages";

export interface RosterAsks {
  remove: { ask: { members: Id[]; devices: Id[] }; get: null };
  leave: { ask: object; get: null };
  setRole: { ask: { member: Id; role: Role }; get: null };
  rotate: { ask: object; get: null };
  invitations: { ask: object; get: Invited[] };
  closeInvitation: { ask: { invitation: Id }; get: null };
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

/** How this phone went, if it is not in the group any more. */
export interface Departure {
  bySelf: boolean;
  memberStays: boolean;
  by: Id | null;
  time: Time;
  work: "nothing" | "here" | "held" | "discarded";
}
