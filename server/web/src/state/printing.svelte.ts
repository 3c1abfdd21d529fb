// What goes on paper: loaded once, when the sheet is opened.

import type { ContactLine } from "../device/messages";
import { app } from "./app.svelte";
import { language } from "./language.svelte";
import { keepOnCard, keptOnCard } from "./on-card";
import { fold } from "./search";

/** So many people fit on a card for the wallet. */
export const CARD_LINES = 6;

export class Printing {
  contacts = $state.raw<ContactLine[]>([]);
  /** The ids of those who are on the card. */
  chosen = $state.raw<readonly string[]>([]);
  search = $state("");
  readonly onCard = $derived(this.contacts.filter(({ id }) => this.chosen.includes(id)));
  /** Whom one may put on the card: those on it stay in sight, whatever is searched for. */
  readonly offered = $derived.by(() => {
    const words = fold(this.search).split(/\s+/);
    const fits = (name: string) => words.every((word) => fold(name).includes(word));
    return this.contacts.filter(({ id, name, phone }) => phone !== null && (this.chosen.includes(id) || fits(name)));
  });

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    const answer = await app.ask("contacts", { group: this.group, search: "" });
    if (!answer.ok) return;
    this.contacts = answer.value.sort((a, b) => language.collator.compare(a.name, b.name));
    const all = this.contacts.filter(({ phone }) => phone !== null).map(({ id }) => id);
    // Of many the first by their letters are as good as strangers.
    this.chosen = keptOnCard(this.group)?.filter((id) => all.includes(id)) ?? (all.length > CARD_LINES ? [] : all);
  }

  choose(id: string, wanted: boolean): void {
    const others = this.chosen.filter((chosen) => chosen !== id);
    this.chosen = wanted ? [...others, id].slice(-CARD_LINES) : others;
    keepOnCard(this.group, this.chosen);
  }
}
