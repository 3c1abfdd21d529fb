// What is offered instead: only where there is room and nothing else, the same kind of shift first.

import { expect, test } from "vitest";
import type { ShiftLine } from "../device/shifts";
import { otherShifts } from "./other-shifts";

const line = (id: string, start: number, more: object = {}) =>
  ({ id, start, end: start + 5, details: { title: "Watch" }, counts: { needs: 2, filled: 0, reserved: 0 }, clashes: [], people: [], cancelled: null, removed: false, ...more }) as unknown as ShiftLine;

test("the same kind comes first, then by time, three at most", () => {
  const all = [line("door", 1, { details: { title: "Door" } }), line("c", 40), line("a", 20), line("b", 30), line("this", 10)];
  expect(otherShifts(line("this", 10), all, "m.me", 0).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(otherShifts(line("this", 10), all.slice(0, 2), "m.me", 0).map(({ id }) => id)).toEqual(["c", "door"]);
});

test("nothing that is full, over, cancelled, at the time of another, or where they come already", () => {
  const all = [
    line("full", 9, { counts: { needs: 1, filled: 1, reserved: 0 } }),
    line("kept for somebody", 9, { counts: { needs: 1, filled: 0, reserved: 1 } }),
    line("over", 1),
    line("cancelled", 9, { cancelled: "rain" }),
    line("clashes", 9, { clashes: ["x"] }),
    line("mine", 9, { people: [{ person: "m.me", state: "confirmed" }] }),
  ];
  expect(otherShifts(line("this", 10), all, "m.me", 5)).toEqual([]);
});
