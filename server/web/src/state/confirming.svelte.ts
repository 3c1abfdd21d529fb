// Whom nobody has asked for a year whether all that the list says of them is still right.

import type { Fault } from "../device/messages";
import type { Due } from "../device/people-messages";
import { app } from "./app.svelte";
import { today } from "./days";
import { askPeople } from "./people-requests";

export class Confirming {
  lines = $state.raw<Due[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    return app.keepFresh(this.group, ["contacts"], () => this.load());
  }

  /** They said today that all is right. */
  async confirm(contact: string): Promise<void> {
    const answer = await askPeople(this.group, "confirm", { contacts: [contact], today: today() });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  async drop(contact: string): Promise<void> {
    const answer = await app.ask("removeContact", { group: this.group, contact, reason: "" });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private async load(): Promise<void> {
    const answer = await askPeople(this.group, "due", { today: today() });
    if (answer.ok) this.lines = answer.value;
    this.fault = answer.ok ? undefined : answer.fault;
    this.loaded = true;
  }
}
