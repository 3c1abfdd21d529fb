// The shifts of a day, a week or a month by the calendar: what is on each day, past midnight too, and whether anybody is missing.

import type { Day, Listed, ShiftLine, When } from "../device/shifts";
import { language, say } from "./language.svelte";
import { isOn, lacksPeople } from "./places";
import type { Span } from "./route.svelte";
import { clockOf, hoursOf, otherZone } from "./shift-times";
import { Desk } from "./shifts.svelte";
import { dayOf, lastDayOf, plusDays, weekOf } from "./wall-clock";

export interface ShiftDay {
  day: Day;
  /** Whether it belongs to the month that is shown. */
  inside: boolean;
  lines: ShiftLine[];
  /** How many of them take place, and in how many somebody is missing. */
  shifts: number;
  open: number;
  mine: boolean;
}

export class ShiftDays extends Desk {
  span = $state<Span>("month");
  /** One of the days that are to be shown; today's if nothing is said. */
  private day = $state<Day | undefined>(undefined);
  /** The first of them; empty until it is known which day today is. */
  readonly first = $derived(firstOf(this.span, this.day ?? this.today));
  /** What was told of the days that are shown: until those that are asked for come, the ones before stay. */
  private seen = $state.raw<{ span: Span; first: Day; listed: Listed } | undefined>(undefined);
  readonly seenSpan = $derived(this.seen?.span);
  /** The days by weeks; none before it is known what is on. */
  readonly weeks = $derived(this.seen === undefined ? [] : weeksOf(this.seen).map((week) => week.map((day) => this.sumUp(day))));

  constructor(group: string, span: Span, day?: Day) {
    super(group);
    this.span = span;
    this.day = day;
  }

  follow(): () => void {
    return this.keepFresh(() => this.load());
  }

  turn(span: Span, day: Day | undefined): void {
    if (span === this.span && day === this.day) return;
    this.span = span;
    this.day = day;
    void this.load();
  }

  /** A day of what comes so many spans later; today's for none, which need not be known yet. */
  after(spans: number): Day | undefined {
    if (spans === 0 || this.first === "") return undefined;
    if (this.span !== "month") return plusDays(this.first, this.span === "week" ? 7 * spans : spans);
    const date = new Date(`${this.first}T00:00Z`);
    date.setUTCMonth(date.getUTCMonth() + spans);
    return date.toISOString().slice(0, 10);
  }

  private async load(): Promise<void> {
    if (this.first === "") await this.learnZone();
    const { first, span } = this;
    if (first === "") return;
    const days = weeksOf({ span, first }).flat();
    const from = days[0] ?? first;
    const listed = await this.look(from, plusDays(from, days.length));
    if (listed === undefined || first !== this.first || span !== this.span) return;
    this.listed = listed;
    this.seen = { span, first, listed };
  }

  private sumUp(day: Day): ShiftDay {
    const { listed, first, span } = this.seen ?? { listed: undefined, first: "", span: "month" };
    const lines = (listed?.shifts ?? []).filter((shift) => isOnDay(shift, day));
    const on = lines.filter(isOn);
    return {
      day,
      inside: span !== "month" || day.slice(0, 7) === first.slice(0, 7),
      lines,
      shifts: on.length,
      open: on.filter(lacksPeople).length,
      mine: on.some((shift) => this.isMine(shift)),
    };
  }

  /** Whether I come, or may. */
  isMine(shift: ShiftLine): boolean {
    return ["confirmed", "waiting", "standby", "asked"].includes(this.mine(shift)?.state ?? "");
  }
}

/** Its hours, as one of those of a day says them: where it began on another, also on which. */
export function hoursOn(day: Day, shift: ShiftLine, home: string | undefined): string {
  const when = clockOf(shift);
  return [plainHoursOn(day, when), otherZone(when.zone, home)].filter((text) => text !== undefined).join(" · ");
}

function plainHoursOn(day: Day, when: When): string {
  const starts = dayOf(when);
  if (starts === day || when.zone === "") return hoursOf(when);
  const hours = say("shift.hours", { from: language.hour(when.start), to: language.hour(when.end) });
  return say("shift.dayHours", { day: language.day(starts, { weekday: "short" }), hours });
}

function isOnDay({ when }: ShiftLine, day: Day): boolean {
  return dayOf(when) <= day && day <= lastDayOf(when);
}

function firstOf(span: Span, day: Day): Day {
  if (day === "" || span === "day") return day;
  return span === "week" ? weekOf(day, language.firstDay()) : `${day.slice(0, 8)}01`;
}

/** Of a month whole weeks, as many as it touches. */
function weeksOf({ span, first }: { span: Span; first: Day }): Day[][] {
  if (span === "day") return [[first]];
  const all: Day[][] = [];
  for (let week = weekOf(first, language.firstDay()); all.length === 0 || (span === "month" && week.slice(0, 7) <= first.slice(0, 7)); week = plusDays(week, 7)) {
    all.push([0, 1, 2, 3, 4, 5, 6].map((step) => plusDays(week, step)));
  }
  return all;
}
