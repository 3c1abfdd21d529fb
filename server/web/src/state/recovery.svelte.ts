// Twelve words on paper that bring somebody back into their groups: making them, and coming back with them.

import type { Fault, News } from "../device/messages";
import type { RecoveryStanding } from "../device/words";
import { app } from "./app.svelte";
import { askWords, Search } from "./told-words.svelte";

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
export class Restoring extends Search {
  isFound = $state(false);
  /** The groups behind the words that are still to come, by what they are called. */
  private coming = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Those that did not let this phone in, and why. */
  refused = $state.raw<{ name: string; reason: string }[]>([]);
  readonly isComing = $derived(this.isFound && this.coming.size > 0);

  constructor() {
    super("restore");
  }

  protected override hear(news: News): void {
    if (news.news !== "listFound") return;
    app.forgetRefusal();
    this.isSearching = false;
    this.isFound = true;
    this.refused = [];
    this.coming = new Map(news.groups.map((group) => [group, ""]));
    void this.name();
    // Nobody behind this person needs to read them.
    this.words = "";
  }

  protected override hearMore(news: News): void {
    if (news.news !== "joined" && news.news !== "joinFailed") return;
    const name = this.coming.get(news.group);
    if (name === undefined) return;
    this.coming = new Map([...this.coming].filter(([group]) => group !== news.group));
    if (news.news === "joinFailed") this.refused = [...this.refused, { name, reason: news.reason }];
  }

  /** The list says what the groups are called; so does each from the moment on that it is on its way. */
  private async name(): Promise<void> {
    const groups = await app.ask("groups", {});
    if (!groups.ok) return;
    const names = new Map(groups.value.map(({ group, name }) => [group, name]));
    this.coming = new Map([...this.coming].map(([group, name]) => [group, names.get(group) ?? name]));
  }

  protected override told(fault: Fault): Fault {
    return fault.code === "code_not_found" ? { ...fault, code: "recovery_not_found" } : ofTwelve(fault);
  }
}

/** The same faults as with six words, told for twelve. */
function ofTwelve(fault: Fault): Fault {
  return fault.code === "words_count" ? { ...fault, code: "recovery_count" } : fault;
}
