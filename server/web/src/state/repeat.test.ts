// Repeats: what a form says becomes a rule, and the rule becomes the same form again.

import { expect, test } from "vitest";
import { once, repeatingOf, restartDay, ruleOf } from "./repeat";

test("every choice is found again in its rule", () => {
  expect(ruleOf(once("2026-10-14"))).toBe("");
  for (const rule of [
    "FREQ=DAILY",
    "FREQ=DAILY;UNTIL=20261224T235900",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA;UNTIL=20270110T235900",
    "FREQ=MONTHLY;BYDAY=1TU",
    "FREQ=WEEKLY;COUNT=10;BYDAY=TU",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
  ]) {
    expect(ruleOf(repeatingOf(rule, "2026-10-14"))).toBe(rule);
  }
});

test("days are written in the order of the week, and one without days repeats on its own", () => {
  expect(ruleOf({ repeat: "week", days: [7, 1, 3], until: "", rule: "" })).toBe("FREQ=WEEKLY;BYDAY=MO,WE,SU");
  expect(repeatingOf("FREQ=WEEKLY", "2026-10-14").days).toEqual([3]);
});

test("what no form can say is kept as it is", () => {
  expect(repeatingOf("FREQ=MONTHLY;BYDAY=1TU", "2026-10-06").repeat).toBe("other");
  expect(repeatingOf("FREQ=WEEKLY;BYDAY=1TU", "2026-10-06").repeat).toBe("other");
});

test("a series that is changed from today on keeps its weeks", () => {
  const everyOther = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR";
  // Friday the 30th; today is Wednesday the 14th: its weeks begin on the 26th and the 12th.
  expect(restartDay(everyOther, "2026-10-30", "2026-10-14")).toBe("2026-10-14");
  // On Tuesday the 20th the next week of the series is that of the 26th.
  expect(restartDay(everyOther, "2026-10-30", "2026-10-20")).toBe("2026-10-26");
  expect(restartDay("FREQ=WEEKLY;BYDAY=SA", "2026-10-31", "2026-10-14")).toBe("2026-10-14");
  expect(restartDay("FREQ=DAILY", "2026-10-31", "2026-10-14")).toBe("2026-10-14");
  expect(restartDay("FREQ=MONTHLY;BYDAY=1TU", "2026-11-03", "2026-10-14")).toBe("2026-11-03");
});

test("a series that has not begun yet is changed from its first day on", () => {
  for (const rule of ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"]) {
    expect(restartDay(rule, "2026-12-06", "2026-11-27", "2026-12-06")).toBe("2026-12-06");
    expect(restartDay(rule, "2027-01-03", "2026-11-27", "2026-12-06")).toBe("2026-12-06");
    expect(restartDay(rule, "2026-12-06", "2026-11-27", "2026-11-08")).toBe(restartDay(rule, "2026-12-06", "2026-11-27"));
  }
});
