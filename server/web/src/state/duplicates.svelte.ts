// Contacts that may be the same person, pair by pair, and what they would be as one.

import type { Details, Fault, TextField } from "../device/messages";
import type { Merged } from "../device/together-messages";
import { app } from "./app.svelte";
import { askTogether } from "./together-requests";

export interface Pair {
  number: string;
  into: { id: string; name: string };
  from: { id: string; name: string };
}

export class Duplicates {
  pairs = $state.raw<Pair[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  /** The pair that is being made one. */
  open = $state.raw<{ pair: Pair; merged: Merged } | undefined>(undefined);
  /** The texts that are taken from the second one. */
  taken = $state<TextField[]>([]);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      if (news.group === this.group && news.news === "documentChanged" && news.document === "contacts") void this.load();
    });
  }

  async look(pair: Pair): Promise<void> {
    const answer = await askTogether(this.group, "propose", { into: pair.into.id, from: pair.from.id });
    this.taken = [];
    this.open = answer.ok ? { pair, merged: answer.value } : undefined;
    this.fault = answer.ok ? undefined : answer.fault;
  }

  /** The id of the one that stays. */
  async merge(): Promise<string | undefined> {
    if (this.open === undefined) return undefined;
    const { pair, merged } = this.open;
    const details: Details = { ...merged.details };
    for (const [field, , theirs] of merged.differences) if (this.taken.includes(field)) details[field] = theirs;
    const answer = await askTogether(this.group, "merge", { into: pair.into.id, from: pair.from.id, details });
    this.fault = answer.ok ? undefined : answer.fault;
    if (!answer.ok) return undefined;
    this.open = undefined;
    return pair.into.id;
  }

  async setApart({ into, from }: Pair): Promise<void> {
    const answer = await askTogether(this.group, "setApart", { one: into.id, other: from.id });
    this.fault = answer.ok ? undefined : answer.fault;
    this.open = undefined;
  }

  private async load(): Promise<void> {
    const answer = await askTogether(this.group, "duplicates", {});
    if (answer.ok) {
      const { found, names } = answer.value;
      const named = (id: string) => ({ id, name: names[id] ?? "" });
      this.pairs = found.flatMap(({ number, contacts: [into, ...others] }) =>
        into === undefined ? [] : others.map((from) => ({ number, into: named(into), from: named(from) })),
      );
    }
    this.fault = answer.ok ? undefined : answer.fault;
    this.loaded = true;
  }
}
