// Phones that came in as me after this one, until somebody here said that they know them: a paper with recovery words or a link
// can fall into other hands.

import type { Member, MemberDevice } from "../device/messages";

/** This phone stands first in its member's list. Times are the server's. */
export function newPhones(self: Member | undefined, known: readonly string[]): MemberDevice[] {
  const [here, ...others] = self?.devices ?? [];
  return others.filter(({ id, since, leaves }) => here !== undefined && since > here.since && !leaves && !known.includes(id));
}
