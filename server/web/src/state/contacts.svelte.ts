// The list of contacts of a group: searched as one types, in groups by first letter, kept fresh while shown.

import type { ContactLine, Fault } from "../device/messages";
import { app } from "./app.svelte";
import { language } from "./language.svelte";

export interface LetterGroup {
  letter: string;
  lines: ContactLine[];
}

export class Contacts {
  search = $state("");
  lines = $state.raw<ContactLine[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly letters = $derived(byLetter(this.lines, language.collator, language.code));
  private asked = 0;

  constructor(private readonly group: string) {}

  /** Keeps the list fresh until the function that is returned is called. Runs again when the search changes. */
  follow(): () => void {
    void this.load(this.search);
    return app.listen((news) => {
      const changed = news.news === "documentChanged" && news.document === "contacts";
      if (news.group === this.group && changed) void this.load(this.search);
    });
  }

  private async load(search: string): Promise<void> {
    const turn = ++this.asked;
    const answer = await app.ask("contacts", { group: this.group, search });
    // A slower answer to an earlier question must not replace the answer to the newest.
    if (turn !== this.asked) return;
    this.loaded = true;
    if (answer.ok) {
      this.lines = answer.value;
      this.fault = undefined;
    } else {
      this.fault = answer.fault;
    }
  }
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
