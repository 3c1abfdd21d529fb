// What goes on paper: loaded once, when the sheet is opened.

import type { ContactLine } from "../device/messages";
import { app } from "./app.svelte";
import { language } from "./language.svelte";

/** So many people fit on a card for the wallet. */
export const CARD_LINES = 6;

export class Printing {
  contacts = $state.raw<ContactLine[]>([]);
  /** The ids of those who are on the card. */
  chosen = $state<string[]>([]);
  readonly onCard = $derived(this.contacts.filter(({ id }) => this.chosen.includes(id)));

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    const answer = await app.ask("contacts", { group: this.group, search: "" });
    if (!answer.ok) return;
    this.contacts = answer.value.sort((a, b) => language.collator.compare(a.name, b.name));
    this.chosen = this.contacts.filter(({ phone }) => phone !== null).slice(0, CARD_LINES).map(({ id }) => id);
  }

  choose(id: string, wanted: boolean): void {
    const others = this.chosen.filter((chosen) => chosen !== id);
    this.chosen = wanted ? [...others, id].slice(-CARD_LINES) : others;
  }
}
