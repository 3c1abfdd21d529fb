// Days and minutes of the clock as text, `2026-10-14` and `2026-10-14T19:00`: no phone's own zone moves them.

import type { Day, Minute, When } from "../device/shifts";
import { dateFormat } from "./formats";

const DAY_MS = 24 * 3_600_000;

export function plusDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / DAY_MS);
}

/** 1 is Monday, 7 Sunday. */
export function weekday(day: Day): number {
  return new Date(`${day}T00:00Z`).getUTCDay() || 7;
}

/** The first day of the week in which a day is, where weeks begin with `first`. */
export function weekOf(day: Day, first: number): Day {
  return plusDays(day, -((weekday(day) - first + 7) % 7));
}

/** The minute that clocks in a zone show at a time; the phone's own zone if the browser does not know it. */
export function minuteIn(zone: string | undefined, time: number): Minute {
  if (zone === undefined) return ownMinute(new Date(time));
  let format: Intl.DateTimeFormat;
  try {
    format = dateFormat("en-US", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  } catch {
    return ownMinute(new Date(time));
  }
  const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${part["year"]}-${part["month"]}-${part["day"]}T${part["hour"]}:${part["minute"]}`;
}

/** On the phone's own clock; a list asks for it twice a line, and a format for dates takes ten times as long. */
function ownMinute(time: Date): Minute {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(time.getFullYear()).padStart(4, "0")}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

export function dayIn(zone: string | undefined, time: number): Day {
  return minuteIn(zone, time).slice(0, 10);
}

export function dayOf(when: When): Day {
  return when.start.slice(0, 10);
}

/** The last day on which it still is: one that ends at midnight is not on the day after. */
export function lastDayOf({ start, end, zone }: When): Day {
  const last = end.slice(0, 10);
  if (zone === "") return plusDays(last, -1);
  return end.slice(11, 16) === "00:00" && last > start.slice(0, 10) ? plusDays(last, -1) : last;
}

/** Without the mark of the second of two equal hours. */
export function plainMinute(minute: Minute): Minute {
  return minute.slice(0, 16);
}

/** From an hour of a day to another, past midnight where the second is not later. */
export function hours(day: Day, from: string, to: string, zone: string): When {
  return { start: `${day}T${from}`, end: `${to > from ? day : plusDays(day, 1)}T${to}`, zone };
}
