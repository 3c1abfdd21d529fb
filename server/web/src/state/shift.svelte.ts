// One shift with all that belongs to it, kept fresh while it is open.

import type { Fault } from "../device/messages";
import type { WholeShift } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { dayOf, lastDayOf, plusDays } from "./wall-clock";
import { Desk, LISTED_DAYS } from "./shifts.svelte";

export class OneShift extends Desk {
  shift = $state.raw<WholeShift | undefined>(undefined);
  missing = $state.raw<Fault | undefined>(undefined);

  constructor(
    group: string,
    readonly id: string,
  ) {
    super(group);
  }

  follow(): () => void {
    return this.keepFresh(() => this.load());
  }

  private async load(): Promise<void> {
    const answer = await askShifts(this.group, "shift", { shift: this.id });
    this.missing = answer.ok ? undefined : answer.fault;
    if (!answer.ok) return;
    // Who everybody is, what the shifts are called that are on at the same time, and those that are offered instead.
    const { when } = answer.value;
    const listed = await this.look(plusDays(dayOf(when), -1), plusDays(lastDayOf(when), LISTED_DAYS));
    if (listed !== undefined) this.listed = listed;
    this.shift = answer.value;
  }
}
