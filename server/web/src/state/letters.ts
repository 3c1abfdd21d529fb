// A list of contacts in the order of a language, under headings of one letter.

import type { ContactLine } from "../device/messages";

export interface LetterGroup {
  letter: string;
  lines: ContactLine[];
}

/** Sorted as people of this language sort, under headings of one letter; what begins with none comes last. */
export function byLetter(lines: readonly ContactLine[], collator: Intl.Collator, locale: string): LetterGroup[] {
  const sorted = [...lines].sort((a, b) => collator.compare(a.name, b.name));
  const groups: LetterGroup[] = [];
  const rest: LetterGroup = { letter: "#", lines: [] };
  for (const line of sorted) {
    const letter = firstLetter(line.name, locale);
    const last = groups.at(-1);
    if (letter === undefined) rest.lines.push(line);
    else if (last !== undefined && collator.compare(last.letter, letter) === 0) last.lines.push(line);
    else groups.push({ letter, lines: [line] });
  }
  return rest.lines.length === 0 ? groups : [...groups, rest];
}

/** Without accents: É stands under E, as collation puts it there. */
function firstLetter(name: string, locale: string): string | undefined {
  const first = /^\P{L}*?(\p{L})/u.exec(name.slice(0, 8))?.[1];
  if (first === undefined || !name.startsWith(first)) return undefined;
  const bare = first.normalize("NFD")[0] ?? first;
  // Hangul falls apart into its parts; there the whole syllable is the letter.
  return (/[\u1100-\u11ff]/.test(bare) ? first : bare).toLocaleUpperCase(locale);
}
