// The list of contacts of a group: searched as one types, in groups by first letter, kept fresh while shown.

import type { ContactLine, Fault } from "../device/messages";
import { app } from "./app.svelte";
import { language } from "./language.svelte";
import { byLetter } from "./letters";

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
