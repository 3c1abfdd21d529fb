// All versions of a text as one, for whoever wants to keep everything.

/** The same as `Conflict::both` in protocol/documents/src/contacts/record.rs. */
export function bothTexts({ field, versions }: { field: string; versions: { text: string }[] }): string {
  return versions.map(({ text }) => text).join(field === "note" || field === "availability" ? "\n" : " / ");
}
