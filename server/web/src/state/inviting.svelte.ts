// An invitation in the making: for whom, how many, how long, and whether somebody has to let them in.

import type { Fault, Member, Role } from "../device/messages";
import { app } from "./app.svelte";

/** Who lets them in: `no`body, or an organizer once so many members vouched. */
export type Approval = "no" | 0 | 1 | 2;

export class Inviting {
  role = $state<Role>("member");
  uses = $state(30);
  days = $state(7);
  approval = $state<Approval>("no");
  link = $state<string | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);

  /** `member`: whose further phone, or way back in, it is for. */
  constructor(
    private readonly group: string,
    readonly member?: Member,
  ) {
    if (member === undefined) return;
    this.role = member.role;
    this.uses = 1;
    this.days = 1;
  }

  async make(): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    const { group, role, uses, days, approval, member } = this;
    const answer = await app.ask("invite", {
      ...{ group, role, uses, days },
      ...(member !== undefined && { member: member.id }),
      ...(approval !== "no" && { vouches: approval }),
    });
    this.busy = false;
    if (answer.ok) this.link = answer.value;
    else this.fault = answer.fault;
  }
}
