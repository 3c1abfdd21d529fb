// Everybody whose name may be wanted: the members, then the contacts. Loaded when it is first needed.

import { app } from "./app.svelte";
import { language } from "./language.svelte";
import type { Named } from "./search";

export class People {
  all = $state.raw<Named[]>([]);
  readonly names = $derived([...new Set(this.all.map(({ name }) => name))]);
  private isAsked = false;

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    if (this.isAsked) return;
    this.isAsked = true;
    const { group } = this;
    const [members, contacts] = await Promise.all([app.ask("members", { group }), app.ask("contacts", { group, search: "" })]);
    const byName = (a: Named, b: Named) => language.collator.compare(a.name, b.name);
    const named = members.ok ? members.value.map(({ id, name }) => ({ key: `member/${id}`, name })) : [];
    const listed = contacts.ok ? contacts.value.map(({ id, name }) => ({ key: `contact/${id}`, name })) : [];
    this.all = [...named.sort(byName), ...listed.sort(byName)].filter(({ name }) => name !== "");
  }
}
