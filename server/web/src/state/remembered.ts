// What was listed last in this run of the app: a screen that is opened again shows it at once, and asks only if something
// has changed since. It is gone when the app is locked, which starts it anew.

import type { News } from "../device/messages";
import { app } from "./app.svelte";

/** What the time of the day is part of is asked for anew after so long. */
const FRESH_MS = 60_000;

interface Last {
  value: unknown;
  group: string;
  touches: (news: News) => boolean;
  /** When it was told; 0 once news have touched it. */
  told: number;
  /** Whose device told it: another tab's may know more. */
  turn: number;
}

const last = new Map<string, Last>();

app.listen((news) => {
  for (const one of last.values()) if (one.group === news.group && one.touches(news)) one.told = 0;
});

/** One list of one group: what it said last, if it was shown in this run. */
export class Remembered<T> {
  private readonly key: string;

  /** `touches`: whether such news may change it. */
  constructor(
    list: string,
    private readonly group: string,
    private readonly touches: (news: News) => boolean,
  ) {
    this.key = `${list}/${group}`;
  }

  get(): T | undefined {
    // Only what `keep` put there, under the name of this list.
    return last.get(this.key)?.value as T | undefined;
  }

  /** Whether asking again would tell nothing else. */
  isFresh(): boolean {
    const one = last.get(this.key);
    return one !== undefined && one.turn === app.turn && Date.now() - one.told < FRESH_MS;
  }

  keep(value: T): void {
    const { group, touches } = this;
    last.set(this.key, { value, group, touches, told: Date.now(), turn: app.turn });
  }

  /** Calls `load` after news that touch it, until the function that is returned is called. */
  listen(load: () => void): () => void {
    return app.listen((news) => {
      if (news.group === this.group && this.touches(news)) load();
    });
  }
}
