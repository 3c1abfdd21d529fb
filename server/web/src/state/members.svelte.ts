// The members of a group, kept up to date while somebody looks.

import type { Member, News } from "../device/messages";
import { app } from "./app.svelte";

export class Members {
  list = $state.raw<Member[]>([]);

  constructor(private readonly group: string) {}

  /** Keeps the list fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news: News) => {
      if (news.group !== this.group) return;
      const named = news.news === "documentChanged" && news.document === "index";
      if (named || news.news === "membersChanged" || news.news === "joined") void this.load();
    });
  }

  private async load(): Promise<void> {
    const members = await app.ask("members", { group: this.group });
    if (members.ok) this.list = members.value;
  }
}
