// The list of contacts of a group: searched as one types, in groups by first letter, kept fresh while shown.

import { untrack } from "svelte";
import type { ContactLine, Fault } from "../device/messages";
import { app, isAbout } from "./app.svelte";
import { sameLanguage } from "./language-names";
import { LANGUAGE_TAGS } from "./language-tags";
import { language } from "./language.svelte";
import { Remembered } from "./remembered";
import { byLetter } from "./letters";
import { fits, joinLines, languageSearch } from "./search";

/** What somebody looks for in the list. */
export interface FoundBy {
  search: string;
  spoken: string;
  skill: string;
}

export class Contacts {
  search = $state("");
  lines = $state.raw<ContactLine[]>([]);
  /** What they were found by, which is not yet what somebody types at the moment. */
  searched = $state("");
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  /** Only those who have to do with this language, and have this skill; empty: all. */
  spoken = $state("");
  skill = $state("");
  readonly shown = $derived(this.spoken === "" && this.skill === "" ? this.lines : this.lines.filter((line) => isWanted(line, this.spoken, this.skill)));
  readonly letters = $derived(letters.of(this.shown, language.collator));
  private asked = 0;
  private readonly languages = $derived(LANGUAGE_TAGS.map((tag) => ({ tag, name: language.languageName(tag) })));

  /** What there is to choose from, of those who were found. */
  readonly languageChoices = $derived(spokenIn.of(this.lines, language.collator));
  readonly skillChoices = $derived(skillsIn.of(this.lines, language.collator));

  private readonly remembered: Remembered<ContactLine[]>;

  constructor(
    private readonly group: string,
    by?: FoundBy,
  ) {
    this.remembered = new Remembered("contacts", group, isAbout("contacts"));
    if (by !== undefined) ({ search: this.search, spoken: this.spoken, skill: this.skill } = by);
    // The whole list is not what a search has found.
    const last = this.search.trim() === "" ? this.remembered.get() : undefined;
    this.lines = last ?? [];
    this.loaded = last !== undefined;
  }

  get foundBy(): FoundBy {
    return { search: this.search, spoken: this.spoken, skill: this.skill };
  }

  /** Keeps the list fresh until the function that is returned is called. Runs again when the search changes. */
  follow(): () => void {
    const { search } = this;
    const load = () => void this.load(search);
    if (search.trim() !== untrack(() => this.searched) || !this.remembered.isFresh()) load();
    return this.remembered.listen(load);
  }

  private async load(search: string): Promise<void> {
    const turn = ++this.asked;
    const { group } = this;
    const named = search.trim() === "" ? undefined : languageSearch(search, this.languages);
    const answers = await Promise.all([
      app.ask("contacts", { group, search }),
      named && app.ask("contacts", { group, search: named.rest }),
    ]);
    // A slower answer to an earlier question must not replace the answer to the newest.
    if (turn !== this.asked) return;
    this.loaded = true;
    const [found, others] = answers;
    if (found.ok) {
      const more = named && others?.ok ? others.value.filter((line) => fits(line, named)) : [];
      this.lines = joinLines(found.value, more);
      this.searched = search.trim();
      if (this.searched === "") this.remembered.keep(this.lines);
      this.fault = undefined;
    } else {
      this.fault = found.fault;
    }
  }
}

/** What follows from a list and the language of the screen: worked out once, not at each tap that shows the list again. */
class WorkedOut<Value> {
  private readonly known = new WeakMap<readonly ContactLine[], { order: Intl.Collator; value: Value }>();

  constructor(private readonly make: (lines: readonly ContactLine[]) => Value) {}

  /** `order`: that of the language, by which it is known whether that is still the one. */
  of(lines: readonly ContactLine[], order: Intl.Collator): Value {
    const last = this.known.get(lines);
    if (last?.order === order) return last.value;
    const value = this.make(lines);
    this.known.set(lines, { order, value });
    return value;
  }
}

const letters = new WorkedOut((lines) => byLetter(lines, language.collator, language.code));
const spokenIn = new WorkedOut((lines) => choices(lines.flatMap(({ languages }) => [...new Set(languages.map(sameLanguage))]), language.languageName));
const skillsIn = new WorkedOut((lines) => choices(lines.flatMap(({ skills }) => skills), (skill) => skill));

export function isWanted({ languages, skills }: Pick<ContactLine, "languages" | "skills">, spoken: string, skill: string): boolean {
  return (spoken === "" || languages.some((tag) => sameLanguage(tag) === sameLanguage(spoken))) && (skill === "" || skills.includes(skill));
}

/** Each once, with how many have it, in the order of the language of the screen. */
function choices(all: string[], name: (value: string) => string): { value: string; name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1);
  const named = [...counts].map(([value, count]) => ({ value, name: name(value), count }));
  return named.sort((a, b) => language.collator.compare(a.name, b.name));
}
