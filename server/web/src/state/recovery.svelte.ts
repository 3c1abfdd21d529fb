// Twelve words on paper that bring somebody back into their groups: making them, and coming back with them.

import type { Fault, News } from "../device/messages";
import type { RecoveryStanding } from "../device/words";
import { app } from "./app.svelte";
import { askWords } from "./told-words.svelte";

/** The words of this phone's groups. */
export class Recovery {
  /** Shown once; never kept. */
  made = $state("");
  /** What somebody types from the paper. */
  typed = $state("");
  standing = $state.raw<RecoveryStanding[]>([]);
  busy = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  /** Keeps the standing fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news: News) => {
      if (news.news === "statusChanged") void this.load();
    });
  }

  async make(): Promise<void> {
    this.busy = true;
    const answer = await askWords("makeRecovery", {});
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    if (answer.ok) this.made = answer.value;
    await this.load();
  }

  /** Makes the words on paper count for groups that came later. */
  async add(): Promise<void> {
    this.busy = true;
    const answer = await askWords("addRecovery", { words: this.typed });
    this.busy = false;
    this.fault = answer.ok ? undefined : ofTwelve(answer.fault);
    if (answer.ok) this.typed = "";
    await this.load();
  }

  private async load(): Promise<void> {
    const answer = await askWords("recovery", {});
    if (answer.ok) this.standing = answer.value;
  }
}

/** The way back with words from paper. */
export class Restoring {
  words = $state("");
  url = $state(location.origin);
  isSearching = $state(false);
  isFound = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  /** Hears what is found until the function that is returned is called, which gives the search up. */
  follow(): () => void {
    const unlisten = app.listen((news: News) => {
      if (!this.isSearching) return;
      if (news.news === "listFound") [this.isSearching, this.isFound] = [false, true];
      if (news.news === "codeNotFound") {
        this.isSearching = false;
        this.fault = { code: news.reason === "not_found" ? "recovery_not_found" : `code_${news.reason}`, detail: "" };
      }
    });
    return () => {
      unlisten();
      if (this.isSearching) void askWords("stop", {});
    };
  }

  async restore(): Promise<void> {
    [this.fault, this.isSearching] = [undefined, true];
    const answer = await askWords("restore", { url: this.url.trim(), words: this.words });
    if (answer.ok) return;
    [this.fault, this.isSearching] = [ofTwelve(answer.fault), false];
  }
}

/** The same faults as with six words, told for twelve. */
function ofTwelve(fault: Fault): Fault {
  return fault.code === "words_count" ? { ...fault, code: "recovery_count" } : fault;
}
