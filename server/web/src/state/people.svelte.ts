// Everybody whose name may be wanted: the members, then the contacts. Loaded when it is first needed.

import { app } from "./app.svelte";
import { language } from "./language.svelte";

export interface Named {
  /** `member/…` or `contact/…`. */
  key: string;
  name: string;
}

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

/** Those whose name has a word that begins as typed; at most `most`, without those who are there already. */
export function fitting(all: readonly Named[], typed: string, taken: ReadonlySet<string>, most: number): Named[] {
  const words = typed.trim().toLowerCase().split(/\s+/);
  const fits = ({ name }: Named) => {
    const parts = name.toLowerCase().split(/\s+/);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  };
  return all.filter((one) => !taken.has(one.key) && !taken.has(one.name.toLowerCase()) && fits(one)).slice(0, most);
}
