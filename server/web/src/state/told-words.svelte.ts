// An invitation as six words that can be told over the phone: making them, and finding what is behind them.

import type { Result } from "../device/client";
import type { Fault, News } from "../device/messages";
import type { WordsAsks } from "../device/words";
import { app } from "./app.svelte";

/** Six words for an invitation that was just made. */
export class Telling {
  words = $state("");
  /** Whether the server has what they lead to. */
  isKept = $state(false);
  busy = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly group: string) {}

  /** Hears how it goes until the function that is returned is called. */
  follow(): () => void {
    return app.listen((news: News) => {
      if (news.group !== this.group) return;
      if (news.news === "codeKept") this.isKept = true;
      if (news.news === "codeRefused") this.fault = { code: "code_refused", detail: news.reason };
    });
  }

  async tell(link: string): Promise<void> {
    this.busy = true;
    const answer = await askWords("tell", { group: this.group, link });
    this.busy = false;
    if (answer.ok) this.words = answer.value;
    else this.fault = answer.fault;
  }
}

/** A search on a server for what is behind words that somebody types. */
export abstract class Search {
  words = $state("");
  url = $state(location.origin);
  isSearching = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly what: "find" | "restore") {}

  /** What comes after it was found. */
  protected hearMore(_: News): void {}

  /** Looks whether this is what was searched for. */
  protected abstract hear(news: News): void;

  /** How a fault is told where it is told in other words. */
  protected told(fault: Fault): Fault {
    return fault;
  }

  /** Hears what is found until the function that is returned is called, which gives the search up. */
  follow(): () => void {
    const unlisten = app.listen((news: News) => {
      if (!this.isSearching) return this.hearMore(news);
      this.hear(news);
      if (news.news === "codeNotFound") this.end({ code: `code_${news.reason}`, detail: "" });
    });
    return () => {
      unlisten();
      if (!this.isSearching) return;
      this.isSearching = false;
      void askWords("stop", {});
    };
  }

  async begin(): Promise<void> {
    this.fault = undefined;
    this.isSearching = true;
    const answer = await askWords(this.what, { url: this.url.trim(), words: this.words });
    if (!answer.ok) this.end(answer.fault);
  }

  protected end(fault: Fault): void {
    this.isSearching = false;
    this.fault = this.told(fault);
  }
}

/** The invitation behind six words that somebody was told. */
export class Finding extends Search {
  constructor(private readonly found: (link: string) => void) {
    super("find");
  }

  protected override hear(news: News): void {
    if (news.news === "codeFound") this.found(news.link);
  }
}

export function askWords<K extends keyof WordsAsks>(what: K, details: WordsAsks[K]["ask"]): Promise<Result<WordsAsks[K]["get"]>> {
  // One of several requests, under its name.
  return app.ask("words", { [what]: details } as { [N in K]: WordsAsks[N]["ask"] }) as Promise<Result<WordsAsks[K]["get"]>>;
}
