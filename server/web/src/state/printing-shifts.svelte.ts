// The shifts of one day for paper: those that go past midnight are on both days' sheets.

import type { Day } from "../device/shifts";
import { isOn } from "./places";
import { Desk } from "./shifts.svelte";
import { dayIn, plusDays } from "./wall-clock";

export class PrintingShifts extends Desk {
  /** Empty until the group's zone is known. */
  day = $state<Day>("");
  readonly shifts = $derived((this.listed?.shifts ?? []).filter(isOn));

  async load(): Promise<void> {
    if (this.day === "") {
      const today = dayIn(undefined, Date.now());
      const listed = await this.look(today, plusDays(today, 1));
      if (listed === undefined) return;
      this.day = dayIn(listed.zone, Date.now());
    }
    this.listed = (await this.look(this.day, plusDays(this.day, 1))) ?? this.listed;
  }
}
