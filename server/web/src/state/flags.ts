// What an import has to say about a row, as a sentence.

import type { Flag } from "../device/messages";
import { language, say } from "./language.svelte";

export function flagText(flag: Flag): string {
  const key = `flag.${flag.code}`;
  if (!language.knows(key)) return flag.code;
  return say(key, {
    text: flag.text ?? "",
    name: flag.name ?? "",
    field: flag.field === undefined ? "" : say(`field.${flag.field}`),
    here: flag.here ?? "",
    there: flag.there ?? "",
    what: language.listing(flag.what ?? []),
    line: flag.line ?? 0,
    row: flag.row ?? 0,
    count: flag.count ?? 0,
  });
}
