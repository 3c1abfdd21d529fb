// All versions of a text as one, for whoever wants to keep everything.

import type { Conflict } from "../device/messages";

/** The same as `Conflict::both` in protocol/documents/src/contacts/record.rs. */
export function bothTexts({ field, versions }: Conflict): string {
  return versions.map(({ text }) => text).join(field === "note" || field === "availability" ? "\n" : " / ");
}
