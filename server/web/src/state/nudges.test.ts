// Reminders: when they are due, and that nobody is told twice or of what is over.

import { expect, test } from "vitest";
import type { Gap, ShiftLine } from "../device/shifts";
import { due, keyOf, nudgesOf, standing } from "./nudges";

const HOUR = 3_600_000;
const HOURS = [72, 24, 2];
const START = 100 * HOUR;

const gap: Gap = { shift: "night", title: "Night watch", start: START, end: START + HOUR, zone: "UTC", lack: "nobody" };
const own = {
  id: "mine",
  start: START + HOUR,
  details: { title: "Deliveries" },
  cancelled: null,
  removed: false,
  isGone: false,
  people: [{ person: "m.me", state: "confirmed" }],
} as unknown as ShiftLine;
const all = nudgesOf("g", { shifts: [own], gaps: [gap], me: "m.me" }, HOURS);

test("there is one for each of the hours before my shift, and before one that lacks somebody", () => {
  expect(all.map(({ shift, at }) => [shift, (START - at) / HOUR])).toEqual([
    ...HOURS.map((hours) => ["mine", hours - 1]),
    ...HOURS.map((hours) => ["night", hours]),
  ]);
});

test("a shift that is cancelled, or that I left, gives none of mine", () => {
  const left = { ...own, people: [{ person: "m.me", state: "withdrawn" }] } as unknown as ShiftLine;
  expect(nudgesOf("g", { shifts: [{ ...own, cancelled: "rain" }, left], gaps: [], me: "m.me" }, HOURS)).toEqual([]);
});

test("it is due once its hour has come, and not again", () => {
  const at = START - 24 * HOUR;
  expect(due(all, at - 1, at).map(({ shift }) => shift)).toEqual(["night"]);
  expect(due(all, at, at + 1)).toEqual([]);
});

test("after a long absence each shift is told of once, the next one first, and nothing that has begun", () => {
  expect(due(all, 0, START - HOUR / 2).map(({ shift, at }) => [shift, at])).toEqual([
    ["night", START - 2 * HOUR],
    ["mine", START - HOUR],
  ]);
  expect(due(all, 0, START).map(({ shift }) => shift)).toEqual(["mine"]);
});

test("what was told stands until it is closed, and no longer than until it begins", () => {
  const told = new Set(all.map(keyOf));
  const standingAt = (nudges: typeof all, open: Set<string>, now: number) => standing(nudges, open, now).map(({ shift }) => shift);
  expect(standingAt(all, told, START - HOUR)).toEqual(["night", "mine"]);
  expect(standingAt(all, told, START)).toEqual(["mine"]);
  expect(standingAt(all, new Set([...told].filter((key) => !key.includes("night"))), START - HOUR)).toEqual(["mine"]);
});

test("what was told does not stand where nothing is missing any more, or after it was moved to where it is not due yet", () => {
  const told = new Set(all.map(keyOf));
  expect(standing(nudgesOf("g", { shifts: [own], gaps: [], me: "m.me" }, HOURS), told, START - HOUR).map(({ shift }) => shift)).toEqual(["mine"]);
  const later = { ...gap, start: START + 90 * HOUR };
  expect(standing(nudgesOf("g", { shifts: [], gaps: [later], me: "m.me" }, HOURS), told, START)).toEqual([]);
});
