// All versions of a text as one, for whoever wants to keep everything.

/** Whether all versions can stand there together: not where one number, day or time is meant. */
export function canBeBoth(field: string): boolean {
  return !["needs", "when", "date"].includes(field);
}

/** A time of a shift (`2026-10-14T19:00/2026-10-14T21:00[America/Chicago]`) as people read it; anything else as it is. */
export function versionText(field: string, text: string): string {
  if (field !== "when") return text;
  return text.replace(/\[.*$/, "").replaceAll("T", " ").replace("/", " – ");
}

/** The same as `Conflict::both` in protocol/documents/src/contacts/record.rs. */
export function bothTexts({ field, versions }: { field: string; versions: readonly { text: string }[] }): string {
  return versions.map(({ text }) => text).join(field === "note" || field === "availability" ? "\n" : " / ");
}

/** What a field of a shift is called. */
export function shiftField(field: string) {
  switch (field) {
    case "title":
      return "shift.name";
    case "needs":
      return "shift.needs";
    case "when":
      return "shift.day";
    case "role":
      return "shift.role";
    case "bring":
      return "shift.bring";
    case "line":
      return "shift.line";
    case "place":
      return "shift.place";
    default:
      return "shift.note";
  }
}
