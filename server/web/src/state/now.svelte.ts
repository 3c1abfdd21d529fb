// What waits for this person in a group, gathered from everything the group keeps.

import type { ContactLine, News } from "../device/messages";
import { app } from "./app.svelte";

export class Now {
  /** Contacts about which somebody has to decide. */
  questions = $state.raw<ContactLine[]>([]);
  loaded = $state(false);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news: News) => {
      if (news.group === this.group && news.news === "documentChanged") void this.load();
    });
  }

  private async load(): Promise<void> {
    const contacts = await app.ask("contacts", { group: this.group, search: "" });
    if (contacts.ok) this.questions = contacts.value.filter(({ hasQuestion }) => hasQuestion);
    this.loaded = true;
  }
}
