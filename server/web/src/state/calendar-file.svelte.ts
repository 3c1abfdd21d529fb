// My shifts as a calendar file with an alarm: the reminder that works without this app and without a network.

import type { Fault } from "../device/messages";
import { askShifts } from "./asking-shifts";
import { fileName } from "./exporting.svelte";
import { saveFile } from "./saving";
import type { Desk } from "./shifts.svelte";
import { dayIn, plusDays } from "./wall-clock";

/** Minutes before the shift. */
export const ALARMS = [15, 30, 60, 120, 24 * 60] as const;
/** Half a year ahead. */
const DAYS = 183;

export class CalendarFile {
  alarm = $state<number>(60);
  saved = $state("");
  /** Whether there was nothing to save. */
  isEmpty = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly desk: Desk) {}

  async save(groupName: string): Promise<void> {
    const { group, me, zone } = this.desk;
    const today = dayIn(zone, Date.now());
    this.saved = "";
    this.isEmpty = false;
    const answer = await askShifts(group, "export", { from: today, to: plusDays(today, DAYS), person: me, alarm: this.alarm });
    this.fault = answer.ok ? undefined : answer.fault;
    if (!answer.ok) return;
    // Calendars say of an empty file that it is broken.
    this.isEmpty = !answer.value.includes("BEGIN:VEVENT");
    if (this.isEmpty) return;
    const name = fileName(groupName, "ics");
    saveFile(name, answer.value, "text/calendar;charset=utf-8");
    this.saved = name;
  }
}
