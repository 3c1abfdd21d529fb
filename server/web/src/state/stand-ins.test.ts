// Anybody who could come to a shift is found by name.

import { expect, test, vi } from "vitest";
import { byName } from "./stand-ins";

vi.stubGlobal("navigator", { languages: ["en-US"] });

const known = (name: string, more = {}) => ({ name, isFormer: false, ...more });
const people = {
  "m.1": known("Rosa"),
  "m.2": known("Ana Peña"),
  "m.3": known("Ana Reader"),
  "c.1": known("Mrs. Tran"),
  "c.2": known("Ana Former", { isFormer: true }),
  "c.3": known("Ana There"),
  "c.4": known("Ana Gone"),
};
const members = [{ id: "2", role: "member" as const }, { id: "3", role: "reader" as const }];
const signUp = { companions: 0, part: null, unsent: false, since: null };
const shift = {
  people: [
    { ...signUp, person: "c.3", state: "confirmed" as const },
    { ...signUp, person: "c.4", state: "withdrawn" as const, reason: "" },
  ],
  standIns: [{ person: "m.2", standby: null, hasRole: true, languages: [], clashes: [], stays: false }],
};
const names = (typed: string) => byName(typed, shift, people, "m.1", members).people.map(({ person }) => person);

test("anybody is found by the beginning of a word of the name, but not who is in already, reads only, or is not there any more", () => {
  expect(names("tran")).toEqual(["c.1"]);
  expect(names("ana")).toEqual(["c.4", "m.2"]);
  expect(names("pena a")).toEqual(["m.2"]);
  expect(names("rosa")).toEqual([]);
  expect(names(" ")).toEqual([]);
  expect(byName("peña", shift, people, "m.1", members).people[0]?.hasRole).toBe(true);
});

test("of many of one name it says that there are more", () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`c.${index}`, known(`Ng ${index}`)]));
  const found = byName("ng", { people: [], standIns: [] }, many, null, []);
  expect([found.people.length, found.isMore]).toEqual([8, true]);
  expect(byName("ng 8", { people: [], standIns: [] }, many, null, [])).toMatchObject({ people: [{ person: "c.8" }], isMore: false });
});
