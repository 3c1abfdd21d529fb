// Contacts that may be the same person, pair by pair, and what the two would be as one.

import type { Details, Fault, TextField } from "../device/messages";
import type { Duplicate, Proposal } from "../device/people-messages";
import { app } from "./app.svelte";
import { askPeople } from "./people-requests";

/** A pair that is being made one, and the texts that are taken from the second. */
interface Merging {
  pair: Duplicate;
  proposal: Proposal;
}

export class Duplicates {
  pairs = $state.raw<Duplicate[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  open = $state.raw<Merging | undefined>(undefined);
  taken = $state.raw<ReadonlySet<TextField>>(new Set());

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    return app.keepFresh(this.group, ["contacts"], () => this.load());
  }

  /** Looks at what the two would be as one. */
  async look(pair: Duplicate): Promise<void> {
    const [into, from] = pair.contacts;
    const answer = await askPeople(this.group, "proposeMerge", { into, from });
    this.taken = new Set();
    this.open = answer.ok ? { pair, proposal: answer.value } : undefined;
    this.fault = answer.ok ? undefined : answer.fault;
  }

  /** Which of the two says this text from now on. */
  choose(field: TextField, from: "first" | "second"): void {
    const others = [...this.taken].filter((other) => other !== field);
    this.taken = new Set(from === "second" ? [...others, field] : others);
  }

  async merge(): Promise<void> {
    if (this.open === undefined) return;
    const { pair, proposal } = this.open;
    const [into, from] = pair.contacts;
    const details: Details = { ...proposal.details };
    for (const [field, , second] of proposal.differences) if (this.taken.has(field)) details[field] = second;
    this.open = undefined;
    const answer = await askPeople(this.group, "merge", { into, from, details }, { shown: proposal.version });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  async setApart({ contacts: [one, other] }: Duplicate): Promise<void> {
    const answer = await askPeople(this.group, "setApart", { one, other });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private async load(): Promise<void> {
    const answer = await askPeople(this.group, "duplicates", {});
    if (answer.ok) this.pairs = answer.value;
    this.fault = answer.ok ? undefined : answer.fault;
    this.loaded = true;
  }
}
