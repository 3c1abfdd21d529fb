// The phone tree: who calls whom, and how far the calling is.

import type { Branch, Call } from "../device/together-messages";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { callersOf } from "./callers";
import { localTime } from "./days";
import { askTogether } from "./together-requests";

export class PhoneTree {
  branches = $state.raw<Branch[]>([]);
  /** The round of calls that is shown; empty before the first. */
  round = $state("");
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly callers = $derived(callersOf(this.branches));
  /** The one who begins is reached by nobody. */
  readonly toReach = $derived(this.branches.filter(({ caller }) => caller !== null));
  readonly reached = $derived(this.toReach.filter(({ state }) => state === "reached").length);
  private isNew = false;

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      if (news.group === this.group && news.news === "documentChanged" && news.document === "contacts") void this.load();
    });
  }

  /** Begins a new round; the others see it with the first call that is marked. */
  begin(): void {
    this.round = localTime(Date.now()).replace("T", " ");
    this.isNew = true;
    void this.load();
  }

  async mark(branch: Branch, state: Call): Promise<void> {
    const answer = await askTogether(this.group, "mark", { round: this.round, contact: branch.contact, state });
    this.fault = answer.ok ? undefined : answer.fault;
    this.isNew = false;
  }

  private async load(): Promise<void> {
    const rounds = await askTogether(this.group, "rounds", {});
    if (rounds.ok && !this.isNew) this.round = rounds.value.at(-1) ?? "";
    const tree = await askTogether(this.group, "tree", { round: this.round });
    if (tree.ok) this.branches = tree.value;
    this.fault = tree.ok ? undefined : tree.fault;
    this.loaded = true;
  }
}
