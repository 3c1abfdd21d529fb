// How a shift repeats, between the few choices of a form and the rules of RFC 5545 (section 3.3.10) that are kept.

import type { Day } from "../device/shifts";
import { daysBetween, plusDays, weekday, weekOf } from "./wall-clock";

/** The ways that can be chosen. `other` is a rule from elsewhere: it stays as it is. */
export const REPEATS = ["never", "day", "week", "twoWeeks", "other"] as const;
export type Repeat = (typeof REPEATS)[number];

export interface Repeating {
  repeat: Repeat;
  /** 1 is Monday, 7 Sunday; for weekly repeats. */
  days: number[];
  /** The last day on which it may be; empty for no end. */
  until: Day;
  /** The rule as it was, where none of the choices says it. */
  rule: string;
}

const CODES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;

export function once(day: Day): Repeating {
  return { repeat: "never", days: [weekday(day)], until: "", rule: "" };
}

/** Empty for a shift that does not repeat. */
export function ruleOf({ repeat, days, until, rule }: Repeating): string {
  const end = until === "" ? "" : `;UNTIL=${until.replaceAll("-", "")}T235900`;
  const on = [...days].sort((a, b) => a - b).map((day) => CODES[day - 1]).join(",");
  switch (repeat) {
    case "never":
      return "";
    case "day":
      return `FREQ=DAILY${end}`;
    case "week":
      return `FREQ=WEEKLY;BYDAY=${on}${end}`;
    case "twoWeeks":
      return `FREQ=WEEKLY;INTERVAL=2;BYDAY=${on}${end}`;
    case "other":
      return rule;
  }
}

/** What a form shows for a rule; `day` is a date of the series. */
export function repeatingOf(rule: string, day: Day): Repeating {
  const parts = new Map(rule.split(";").map((part): [string, string] => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]));
  const known = [...parts.keys()].every((name) => ["FREQ", "INTERVAL", "BYDAY", "UNTIL", "WKST"].includes(name));
  const days = (parts.get("BYDAY") ?? "").split(",").filter(Boolean).map((code) => CODES.indexOf(code as (typeof CODES)[number]) + 1);
  const until = /^(\d{4})(\d{2})(\d{2})/.exec(parts.get("UNTIL") ?? "")?.slice(1, 4).join("-") ?? "";
  const way = `${parts.get("FREQ")} ${parts.get("INTERVAL") ?? "1"}`;
  const repeat = ({ "DAILY 1": "day", "WEEKLY 1": "week", "WEEKLY 2": "twoWeeks" } as const)[way];
  const fits = known && repeat !== undefined && !days.includes(0) && !(repeat === "day" && days.length > 0);
  if (!fits) return { repeat: "other", days: [weekday(day)], until: "", rule };
  return { repeat, days: days.length > 0 ? days : [weekday(day)], until, rule };
}

/**
 * From which day on a series has to begin anew so that all its dates from `today` on change and its weeks stay the same
 * ones. `day` is one of its dates, `start` the first: there is nothing to change before that.
 */
export function restartDay(rule: string, day: Day, today: Day, start: Day = ""): Day {
  const { repeat } = repeatingOf(rule, day);
  if (day <= today || repeat === "other") return day;
  if (start > today) return start < day ? start : day;
  if (repeat === "day") return today;
  const step = repeat === "twoWeeks" ? 14 : 7;
  const first = plusDays(weekOf(day, 1), -step * Math.floor(daysBetween(today, day) / step));
  return first > today ? first : today;
}
