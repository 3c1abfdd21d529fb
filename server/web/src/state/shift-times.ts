// When a shift is, as people say it: on the group's clock, with the night's real length, and on this phone's clock too.

import type { Day, Minute, Shift, When } from "../device/shifts";
import { dayOf, lastDayOf, minuteIn, plainMinute } from "./wall-clock";
import { language, say } from "./language.svelte";

export function dayName(when: When): string {
  const [first, last] = [dayOf(when), lastDayOf(when)];
  return when.zone === "" && last > first ? say("shift.days", { from: language.day(first), to: language.day(last) }) : language.day(first);
}

/** "Nov 22 to Dec 5". */
export function rangeOf(first: Day, last: Day): string {
  const [from, to] = [first, last].map((day) => language.day(day, { day: "numeric", month: "short" }));
  return say("shifts.range", { from: from ?? "", to: to ?? "" });
}

/** "7:00 PM – 7:00 AM Thu". */
export function hoursOf(when: When): string {
  if (when.zone === "") return say("shift.anyTime");
  const [from, to] = [language.hour(when.start), language.hour(when.end)];
  const last = when.end.slice(0, 10);
  const text = say("shift.hours", { from, to });
  return last > dayOf(when) ? say("shift.hoursOver", { hours: text, day: language.day(last, { weekday: "short" }) }) : text;
}

/** When it is as clocks show it: of an hour that they leave out when they go forward, the hour that they show instead. */
export function clockOf({ when, start, end }: Pick<Shift, "when" | "start" | "end">): When {
  if (when.zone === "") return when;
  return { ...when, start: shownMinute(when.start, when.zone, start), end: shownMinute(when.end, when.zone, end) };
}

/** No clock leaves out more than this. */
const LEFT_OUT_MS = 2 * 3_600_000;

function shownMinute(minute: Minute, zone: string, time: number): Minute {
  const plain = plainMinute(minute);
  // Where the phone's clock shows it, which is quick to know, it is no such hour.
  if (minuteIn(undefined, time) === plain) return minute;
  const shown = minuteIn(zone, time);
  const later = Date.parse(`${shown}Z`) - Date.parse(`${plain}Z`);
  return later > 0 && later <= LEFT_OUT_MS ? shown : minute;
}

export function wholeTime(when: When): string {
  return say("shift.dayHours", { day: dayName(when), hours: hoursOf(when) });
}

/** "By the clocks in Chicago", where that is not the group's zone, which is `home`. */
export function otherZone(zone: string, home: string | undefined): string | undefined {
  if (zone === "" || home === undefined || zone === home) return undefined;
  return say("shift.inZone", { place: placeOf(zone) });
}

/** "Mexico City" of "America/Mexico_City". */
export function placeOf(zone: string): string {
  return zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
}

/** With its day, and the clocks by which it is told where those are not the group's. */
export function zonedTime(when: When, home: string | undefined): string {
  return [wholeTime(when), otherZone(when.zone, home)].filter((text) => text !== undefined).join(" · ");
}

/** "9 h, clocks go back", in the night on which they do. */
export function clockChange({ start, end, extraMinutes }: Pick<Shift, "start" | "end" | "extraMinutes">): string | undefined {
  if (extraMinutes === 0) return undefined;
  const hours = Math.round((end - start) / 360_000) / 10;
  return say(extraMinutes > 0 ? "shift.clocksBack" : "shift.clocksForward", { hours });
}

/** The hours on this phone's clock, where that shows others than the shift's. */
export function onThisPhone({ when, start, end }: Pick<Shift, "when" | "start" | "end">): string | undefined {
  if (when.zone === "") return undefined;
  const own: When = { start: minuteIn(undefined, start), end: minuteIn(undefined, end), zone: "here" };
  const shown = clockOf({ when, start, end });
  if (own.start === plainMinute(shown.start) && own.end === plainMinute(shown.end)) return undefined;
  return say("shift.onThisPhone", { time: wholeTime(own) });
}
