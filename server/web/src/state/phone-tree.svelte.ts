// The phone tree: who calls whom, and how far the calling is.

import type { Branch, Call, Round } from "../device/people-messages";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { callersOf, withoutWord } from "./callers";
import { askPeople } from "./people-requests";

export class PhoneTree {
  branches = $state.raw<Branch[]>([]);
  /** The rounds of calls, the newest first. */
  rounds = $state.raw<Round[]>([]);
  /** The round that the person wants to see, if not the newest. */
  private chosen = $state("");
  /** The round of calls that is shown; none before the first. */
  readonly round = $derived(this.rounds.find(({ name }) => name === this.chosen) ?? this.rounds[0]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  /** Who holds this phone, if they said which contact is about them: their calls come first. */
  private me = $state("");
  /** Those of whom the list says no language: nobody knows whether they share one. */
  private silent = $state.raw<ReadonlySet<string>>(new Set());
  readonly callers = $derived(callersOf(this.branches, this.me));
  /** Who calls them. */
  readonly myCaller = $derived.by(() => {
    const mine = this.branches.find(({ contact }) => contact === this.me);
    return this.branches.find(({ contact }) => contact === mine?.caller)?.name;
  });
  /** The one who begins is reached by nobody. */
  readonly toReach = $derived(this.branches.filter(({ caller }) => caller !== null));
  readonly reached = $derived(this.toReach.filter(({ state }) => state === "reached").length);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    return app.keepFresh(this.group, ["contacts", "index"], () => this.load());
  }

  isMe({ contact }: Branch): boolean {
    return contact === this.me;
  }

  /** Both say which languages they speak, and none is the same. */
  isForeign({ contact, caller, language }: Branch): boolean {
    return language === null && !this.silent.has(contact) && caller !== null && !this.silent.has(caller);
  }

  /** Begins a new round, for everyone. */
  async begin(): Promise<void> {
    const answer = await askPeople(this.group, "beginCalls", {});
    this.fault = answer.ok ? undefined : answer.fault;
    this.choose("");
  }

  /** Shows an earlier round again; the newest without one. */
  choose(name: string): void {
    this.chosen = name;
    void this.load();
  }

  async mark(branch: Branch, state: Call): Promise<void> {
    const round = this.round?.name ?? "";
    const answer = await askPeople(this.group, "markCall", { round, contact: branch.contact, state });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private async load(): Promise<void> {
    const rounds = await askPeople(this.group, "rounds", {});
    if (rounds.ok) this.rounds = rounds.value.toReversed();
    const { group } = this;
    const [tree, claimed, contacts] = await Promise.all([
      askPeople(group, "tree", { first: null, round: this.round?.name ?? "" }),
      app.ask("claimedContact", { group }),
      app.ask("contacts", { group, search: "" }),
    ]);
    if (claimed.ok) this.me = claimed.value ?? "";
    if (contacts.ok) this.silent = withoutWord(contacts.value);
    if (tree.ok) this.branches = tree.value.branches;
    this.fault = tree.ok ? undefined : tree.fault;
    this.loaded = true;
  }
}
