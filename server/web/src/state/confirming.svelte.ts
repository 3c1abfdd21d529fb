// Whom nobody has asked for a year whether all that the list says of them is still right.

import type { Fault } from "../device/messages";
import type { Unconfirmed } from "../device/together-messages";
import { app } from "./app.svelte";
import { dayOf, today } from "./days";
import { askTogether } from "./together-requests";

const YEAR_MS = 365 * 24 * 3_600_000;

export class Confirming {
  lines = $state.raw<Unconfirmed[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      if (news.group === this.group && news.news === "documentChanged" && news.document === "contacts") void this.load();
    });
  }

  /** They said today that all is right. */
  async confirm(contact: string): Promise<void> {
    const { group } = this;
    const view = await app.ask("contact", { group, contact });
    if (!view.ok) {
      this.fault = view.fault;
      return;
    }
    const before = view.value.contact.details;
    const answer = await app.ask("editContact", { group, contact, before, after: { ...before, confirmed: today() } });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  async drop(contact: string): Promise<void> {
    const answer = await app.ask("removeContact", { group: this.group, contact, reason: "" });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private async load(): Promise<void> {
    const answer = await askTogether(this.group, "unconfirmed", { since: dayOf(Date.now() - YEAR_MS) });
    if (answer.ok) this.lines = answer.value;
    this.fault = answer.ok ? undefined : answer.fault;
    this.loaded = true;
  }
}
