// How full a shift is, in words: everybody is counted once.

import { expect, test, vi } from "vitest";
import { language } from "./language.svelte";
import type { Shift, ShiftLine, SignUp } from "../device/shifts";
import { firstAsked, howFull, isOpen, personName, stateOf, takeWords, whoIsOn } from "./places";

const counts = { needs: 3, filled: 0, held: 0, toConfirm: 0, reserved: 0, standby: 0, waiting: 0 };

test("whoever was asked counts once, and not among those who come", async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  await language.choose("en");
  expect(howFull({ ...counts, filled: 2 })).toBe("2 of 3");
  // Their place is kept until they answer.
  expect(howFull({ ...counts, filled: 1, held: 1 })).toBe("0 of 3 + 1 asked");
  expect(howFull({ ...counts, filled: 2, held: 1, toConfirm: 1, standby: 1 })).toBe("1 of 3 + 1 standby + 2 asked");
  expect(howFull({ ...counts, needs: 0, filled: 2, held: 2 })).toBe("0 come + 2 asked");
});

test("whoever is gone is not called somebody who just joined", () => {
  const people = { "m.1": { name: "Eve", isFormer: true }, "m.2": { name: "", isFormer: false } };
  expect(personName(people, "m.1")).toBe("Eve, who is not in the group any more");
  expect(personName(people, "m.2")).toBe("Somebody who just joined");
  expect(personName(people, "c.3")).toBe("Somebody who is not in the group any more");
  expect(personName(undefined, "c.3")).toBe("");
});

test("a place that is kept for somebody is promised to nobody else", () => {
  const when = { start: "2026-12-01T10:00", end: "2026-12-01T12:00", zone: "UTC" };
  const now = Date.now();
  const standby = (person: string, number: number, until: number | null) => ({ person, state: "standby", number, offered: until !== null, until, after: null }) as unknown as SignUp;
  const [nana, hal, joe] = [standby("c.1", 1, now + 3_600_000), standby("m.2", 2, null), standby("m.3", 3, null)] as const;
  const shift = { when, end: now + 9_000_000, people: [nana, hal, joe], counts: { ...counts, needs: 1, reserved: 1, standby: 3 }, clashes: [] as string[] } as unknown as ShiftLine;
  const nameOf = (person: string) => ({ "c.1": "Nana One", "m.2": "Hal" })[person] ?? "Joe";
  expect(isOpen(shift)).toBe(false);
  expect(takeWords(shift, undefined)).toBe("shift.takeStandby");
  expect(firstAsked(shift, nameOf)).toBe("A place is free; Nana One is asked first.");
  expect(stateOf(hal, shift, nameOf)).toBe("A place is free; Nana One is asked first. You are next.");
  expect(stateOf(joe, shift, nameOf)).toBe("A place is free; Nana One is asked first. You are standby 3.");
  expect(stateOf(nana, shift, nameOf)).toMatch(/^A place became free\. Do you take it\? It is kept until .+\.$/);
  // Nobody is asked first any more.
  const open: Shift = { ...shift, counts: { ...shift.counts, reserved: 0 }, people: [{ ...nana, until: null } as SignUp] };
  expect(isOpen(open)).toBe(true);
  expect(firstAsked(open, nameOf)).toBe("");
  expect(takeWords({ ...shift, ...open }, undefined)).toBe("shift.take");
});

test("who said that they leave is not on any more", () => {
  const comes = (person: string, state = "confirmed") => ({ person, state }) as SignUp;
  const checks = { "m.1": { arrived: 1, left: 2 }, "m.2": { arrived: 1, left: null } };
  expect(whoIsOn({ people: [comes("m.1"), comes("m.2"), comes("m.3"), comes("m.4", "standby")], checks })).toEqual(["m.2", "m.3"]);
});
