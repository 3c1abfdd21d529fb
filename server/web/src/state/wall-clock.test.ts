// Days stay days: no zone of the machine that runs this moves them.

import { expect, test } from "vitest";
import { dayIn, daysBetween, hours, lastDayOf, minuteIn, plusDays, weekOf } from "./wall-clock";

test("days are counted across months, years and clock changes", () => {
  expect(plusDays("2026-10-31", 1)).toBe("2026-11-01");
  expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(plusDays("2026-03-01", -1)).toBe("2026-02-28");
  expect(daysBetween("2026-10-31", "2026-11-02")).toBe(2);
});

test("weeks begin where people say that they do", () => {
  expect(weekOf("2026-10-14", 1)).toBe("2026-10-12");
  expect(weekOf("2026-10-14", 7)).toBe("2026-10-11");
  expect(weekOf("2026-10-11", 7)).toBe("2026-10-11");
  expect(weekOf("2026-10-11", 1)).toBe("2026-10-05");
});

test("the day is that of the group's zone", () => {
  const time = Date.parse("2026-10-15T03:30Z");
  expect(dayIn("America/Chicago", time)).toBe("2026-10-14");
  expect(dayIn("Europe/Warsaw", time)).toBe("2026-10-15");
  expect(minuteIn("America/Chicago", time)).toBe("2026-10-14T22:30");
  expect(minuteIn("Asia/Kolkata", Date.parse("2026-10-14T18:30Z"))).toBe("2026-10-15T00:00");
});

test("without a zone it is the phone's own clock", () => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const time of ["2026-03-08T07:59Z", "2026-11-01T06:30Z", "2026-12-31T23:59Z", "1969-12-31T23:00Z"].map(Date.parse)) {
    expect(minuteIn(undefined, time)).toBe(minuteIn(own, time));
    // A zone that no browser knows must not hide a list.
    expect(minuteIn("Nowhere/Here", time)).toBe(minuteIn(own, time));
  }
});

test("a shift past midnight ends on the next day, and one until midnight does not", () => {
  expect(hours("2026-10-31", "20:00", "08:00", "America/Chicago")).toEqual({ start: "2026-10-31T20:00", end: "2026-11-01T08:00", zone: "America/Chicago" });
  expect(lastDayOf(hours("2026-10-31", "20:00", "08:00", "UTC"))).toBe("2026-11-01");
  expect(lastDayOf(hours("2026-10-31", "20:00", "00:00", "UTC"))).toBe("2026-10-31");
  expect(lastDayOf({ start: "2026-10-31", end: "2026-11-02", zone: "" })).toBe("2026-11-01");
});
