// What is missing in the next 14 days, by day, kept fresh while somebody looks; and hand-overs that nobody has taken.

import type { Day, Gap } from "../device/shifts";
import { language, say } from "./language.svelte";
import { Desk, LISTED_DAYS } from "./shifts.svelte";
import { otherZone } from "./shift-times";
import { dayIn, minuteIn, plusDays } from "./wall-clock";

export class Gaps extends Desk {
  readonly days = $derived(byDay(this.listed?.gaps ?? [], this.zone));

  follow(): () => void {
    return this.keepFresh(async () => {
      const today = dayIn(this.zone, Date.now());
      // From yesterday on: a hand-over from before midnight may wait to be taken. What is over is no gap.
      this.listed = (await this.look(plusDays(today, -1), plusDays(today, LISTED_DAYS))) ?? this.listed;
    });
  }
}

function byDay(gaps: Gap[], zone: string | undefined): { day: Day; gaps: Gap[] }[] {
  const days = new Map<Day, Gap[]>();
  for (const gap of gaps) {
    const day = gapDay(gap, zone);
    days.set(day, [...(days.get(day) ?? []), gap]);
  }
  return [...days].map(([day, gaps]) => ({ day, gaps }));
}

/** "Nobody yet", "1 is missing", "Nobody speaks Vietnamese". */
export function lackText(gap: Gap): string {
  switch (gap.lack) {
    case "nobody":
      return say("gap.nobody");
    case "people":
      return say("gap.people", { count: gap.missing }) + (gap.toConfirm > 0 ? ` · ${say("gap.toConfirm", { count: gap.toConfirm })}` : "");
    case "language":
      return say("gap.language", { language: language.languageName(gap.language) });
    case "skill":
      return say("gap.skill", { skill: gap.skill });
    case "uncovered":
      return say("gap.uncovered");
  }
}

/** The day on which it begins, on the clock by which its shift is told. `home`: the group's zone. */
export function gapDay({ start, zone }: Gap, home: string | undefined): Day {
  return dayIn(zone || home, start);
}

/** Its hours on the clock by which its shift is told, which is named where it is not the group's. */
export function gapHours({ start, end, zone }: Gap, home: string | undefined): string {
  const hours = say("shift.hours", { from: language.hour(minuteIn(zone || home, start)), to: language.hour(minuteIn(zone || home, end)) });
  return [hours, otherZone(zone, home)].filter((text) => text !== undefined).join(" · ");
}
