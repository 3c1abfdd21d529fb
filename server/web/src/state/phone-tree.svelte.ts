// The phone tree: who calls whom, and how far the calling is.

import type { Branch, Call } from "../device/people-messages";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { callersOf, withoutWord } from "./callers";
import { localTime } from "./days";
import { askPeople } from "./people-requests";

export class PhoneTree {
  branches = $state.raw<Branch[]>([]);
  /** The round of calls that is shown; empty before the first. */
  round = $state("");
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
  private isNew = false;

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

  /** Begins a new round; the others see it with the first call that is marked. */
  begin(): void {
    const now = new Date();
    // To the second: two rounds may begin in one minute.
    this.round = `${localTime(now.getTime()).replace("T", " ")}:${String(now.getSeconds()).padStart(2, "0")}`;
    this.isNew = true;
    void this.load();
  }

  async mark(branch: Branch, state: Call): Promise<void> {
    const answer = await askPeople(this.group, "markCall", { round: this.round, contact: branch.contact, state });
    this.fault = answer.ok ? undefined : answer.fault;
    this.isNew = false;
  }

  private async load(): Promise<void> {
    const rounds = await askPeople(this.group, "rounds", {});
    if (rounds.ok && !this.isNew) this.round = rounds.value.at(-1) ?? "";
    const { group } = this;
    const [tree, claimed, contacts] = await Promise.all([
      askPeople(group, "tree", { first: null, round: this.round }),
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
