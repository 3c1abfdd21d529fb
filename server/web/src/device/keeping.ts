// What crosses to the device and back about keeping a group: moving to another server, and what did not fit.
// Types and no code. The same shapes as protocol/wasm/src/keeping.rs and log.rs.

import type { Id, Time } from "./messages";

export interface KeepingOperations {
  /** Gives the link by which those follow who do not reach the old server. */
  moveTo: { ask: { group: Id; url: string; token: string | null; serverKey: string | null }; get: string | null };
  /** Follows a group to another server. */
  follow: { ask: { link: string }; get: Id };
  /** Records that were passed over. */
  setAside: { ask: { group: Id }; get: Remark[] };
  /** Who saw another history of the group. */
  forks: { ask: { group: Id }; get: Remark[] };
  /** Who edited what had been forgotten. */
  lateEdits: { ask: { group: Id }; get: LateEdit[] };
}

export interface Remark {
  position: number;
  time: Time;
  member: Id | null;
  reason: "roster" | "author" | "sequence" | "unreadable" | "change" | "dependency" | "authorship" | "quarantined" | "chain" | "ahead";
}

export interface LateEdit {
  kind: string;
  member: Id | null;
  time: Time;
  changes: number;
}
