// A month of shifts as a grid of weeks: how much is on each day, and whether anybody is missing.

import type { Day, ShiftLine } from "../device/shifts";
import { language } from "./language.svelte";
import { hasRoom, isOn } from "./places";
import { Desk } from "./shifts.svelte";
import { dayOf, lastDayOf, plusDays, weekOf } from "./wall-clock";

export interface MonthDay {
  day: Day;
  /** Whether it belongs to the month that is shown. */
  inside: boolean;
  shifts: number;
  open: number;
  mine: boolean;
}

export class MonthView extends Desk {
  /** Its first day; empty until the group's zone is known. */
  first = $state<Day>("");
  /** None before it is known what is on. */
  readonly weeks = $derived(this.first === "" || this.listed === undefined ? [] : weeks(this.first, (day) => this.count(day)));

  follow(): () => void {
    return this.keepFresh(() => this.load());
  }

  async jump(months: number): Promise<void> {
    if (!(await this.begin())) return;
    const date = new Date(`${this.first}T00:00Z`);
    date.setUTCMonth(date.getUTCMonth() + months);
    this.first = date.toISOString().slice(0, 10);
    await this.load();
  }

  private async begin(): Promise<boolean> {
    if (this.first === "") await this.learnZone();
    if (this.first === "" && this.today !== "") this.first = `${this.today.slice(0, 8)}01`;
    return this.first !== "";
  }

  private async load(): Promise<void> {
    if (!(await this.begin())) return;
    const { first } = this;
    const from = weekOf(first, language.firstDay());
    const listed = await this.look(from, plusDays(from, 42));
    if (listed !== undefined && first === this.first) this.listed = listed;
  }

  private count(day: Day): MonthDay {
    const on = (this.listed?.shifts ?? []).filter((shift) => isOn(shift) && isOnDay(shift, day));
    const isMine = (shift: ShiftLine) => ["confirmed", "waiting", "standby", "asked"].includes(this.mine(shift)?.state ?? "");
    return {
      day,
      inside: day.slice(0, 7) === this.first.slice(0, 7),
      shifts: on.length,
      open: on.filter((shift) => hasRoom(shift) && shift.counts.needs > 0).length,
      mine: on.some(isMine),
    };
  }
}

function isOnDay({ when }: ShiftLine, day: Day): boolean {
  return dayOf(when) <= day && day <= lastDayOf(when);
}

/** Whole weeks, as many as the month touches. */
function weeks(first: Day, count: (day: Day) => MonthDay): MonthDay[][] {
  const all: MonthDay[][] = [];
  for (let week = weekOf(first, language.firstDay()); week.slice(0, 7) <= first.slice(0, 7); week = plusDays(week, 7)) {
    all.push([0, 1, 2, 3, 4, 5, 6].map((step) => count(plusDays(week, step))));
  }
  return all;
}
