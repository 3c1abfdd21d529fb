// The shifts of one day for paper: those that go past midnight are on both days' sheets.

import type { Day } from "../device/shifts";
import { isOn } from "./places";
import { Desk } from "./shifts.svelte";
import { plusDays } from "./wall-clock";

export class PrintingShifts extends Desk {
  /** Empty until the group's zone is known. */
  day = $state<Day>("");
  readonly shifts = $derived((this.listed?.shifts ?? []).filter(isOn));

  async load(): Promise<void> {
    if (this.day === "") await this.learnZone();
    // Somebody may have chosen a day while the first answer was on its way, or another one while a later was.
    if (this.day === "") this.day = this.today;
    const { day } = this;
    if (day === "") return;
    const listed = await this.look(day, plusDays(day, 1));
    if (day === this.day) this.listed = listed ?? this.listed;
  }
}
