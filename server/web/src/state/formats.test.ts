// Short facts side by side, and how a time is written.

import { expect, test } from "vitest";
import { DAY_MS, beside, momentStyle } from "./formats";

test("each fact keeps its own direction, and nothing stands for one that is not there", () => {
  expect(beside(["+1 202 555 0101", "", "שדרה 5"])).toBe("\u2068+1 202 555 0101\u2069 · \u2068שדרה 5\u2069");
  expect(beside(["", ""])).toBe("");
});

test("a weekday stands for a time only where it can be no other week's, before or after now", () => {
  const now = new Date(2026, 10, 27, 18, 0).getTime();
  const parts = (days: number) => Object.keys(momentStyle(now + days * DAY_MS, now)).filter((part) => part !== "hour" && part !== "minute");
  expect(parts(0)).toEqual([]);
  for (const days of [-5, -1, 1, 5]) expect(parts(days)).toEqual(["weekday"]);
  for (const days of [-30, -7, 7, 33]) expect(parts(days)).toEqual(["day", "month"]);
  for (const days of [-300, 300]) expect(parts(days)).toEqual(["year", "day", "month"]);
});
