// An invitation in the making: for whom, how many, how long.

import type { Fault, Role } from "../device/messages";
import { app } from "./app.svelte";

export class Inviting {
  role = $state<Role>("member");
  uses = $state(30);
  days = $state(7);
  link = $state<string | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);

  constructor(private readonly group: string) {}

  async make(): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    const { group, role, uses, days } = this;
    const answer = await app.ask("invite", { group, role, uses, days });
    this.busy = false;
    if (answer.ok) this.link = answer.value;
    else this.fault = answer.fault;
  }
}
