// The list of contacts of a group: searched as one types, in groups by first letter, kept fresh while shown.

import type { ContactLine, Fault } from "../device/messages";
import { app } from "./app.svelte";
import { LANGUAGE_TAGS } from "./language-tags";
import { language } from "./language.svelte";
import { byLetter } from "./letters";
import { fits, joinLines, languageSearch } from "./search";

export class Contacts {
  search = $state("");
  lines = $state.raw<ContactLine[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly letters = $derived(byLetter(this.lines, language.collator, language.code));
  private asked = 0;
  private readonly languages = $derived(LANGUAGE_TAGS.map((tag) => ({ tag, name: language.languageName(tag) })));

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
    const { group } = this;
    const named = languageSearch(search, this.languages);
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
      this.fault = undefined;
    } else {
      this.fault = found.fault;
    }
  }
}
