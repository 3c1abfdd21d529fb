// The hours of a shift as clocks show them, also in the night in which they leave some out.

import { expect, test } from "vitest";
import { clockOf } from "./shift-times";

const at = (text: string) => Date.parse(text);
const zone = "America/Chicago";

test("an hour that clocks leave out is told as the hour that they show", () => {
  const night = { when: { start: "2027-03-14T02:10", end: "2027-03-14T02:50", zone }, start: at("2027-03-14T08:10Z"), end: at("2027-03-14T08:50Z") };
  expect(clockOf(night)).toEqual({ start: "2027-03-14T03:10", end: "2027-03-14T03:50", zone });
  const half = { when: { start: "2027-03-14T02:30", end: "2027-03-14T04:00", zone }, start: at("2027-03-14T08:30Z"), end: at("2027-03-14T09:00Z") };
  expect(clockOf(half)).toEqual({ start: "2027-03-14T03:30", end: "2027-03-14T04:00", zone });
});

test("other hours stay as they were written, also the second of two equal ones", () => {
  const twice = { when: { start: "2026-11-01T01:30~2", end: "2026-11-01T04:00", zone }, start: at("2026-11-01T07:30Z"), end: at("2026-11-01T10:00Z") };
  expect(clockOf(twice)).toEqual(twice.when);
  const days = { when: { start: "2026-11-01", end: "2026-11-02", zone: "" }, start: 0, end: 1 };
  expect(clockOf(days)).toBe(days.when);
  // A phone that does not have the rules of the zone yet is told another time, which is no hour left out.
  const unknown = { when: { start: "2026-11-02T12:00", end: "2026-11-02T13:00", zone }, start: at("2026-11-02T12:00Z"), end: at("2026-11-02T13:00Z") };
  expect(clockOf(unknown)).toEqual(unknown.when);
});
