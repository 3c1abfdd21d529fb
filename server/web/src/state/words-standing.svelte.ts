// Whether the recovery words of this phone bring somebody back into a group that they came into later.

import { app } from "./app.svelte";
import { askWords } from "./told-words.svelte";

export class WordsStanding {
  /** There are words on paper, and this group is not behind them. */
  isLacking = $state(false);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen(({ news }) => {
      if (news === "statusChanged") void this.load();
    });
  }

  private async load(): Promise<void> {
    const answer = await askWords("recovery", {});
    if (!answer.ok) return;
    const lacks = answer.value.filter(({ state }) => state === "lacking");
    this.isLacking = lacks.length < answer.value.length && lacks.some(({ group }) => group === this.group);
  }
}
