// The phone tree as people read it.

import { expect, test } from "vitest";
import type { Branch } from "../device/people-messages";
import { callersOf, withoutWord } from "./callers";

function branch(contact: string, caller: string | null, calls: string[], more: Partial<Branch> = {}): Branch {
  return { contact, name: contact.toUpperCase(), number: null, caller, backup: null, language: null, calls, state: "open", ...more };
}

test("callers stand with those whom they call, and with who steps in", () => {
  const callers = callersOf([
    branch("ana", null, ["ben", "eva"], { backup: "ben" }),
    branch("ben", "ana", ["leo"], { backup: "eva", state: "noAnswer" }),
    branch("eva", "ana", []),
    branch("leo", "ben", []),
  ]);
  const told = callers.map(({ branch, backup, isPassedOn, calls }) => [branch.name, backup, isPassedOn, calls.map(({ name }) => name)]);
  expect(told).toEqual([
    ["ANA", "BEN", false, ["BEN", "EVA"]],
    ["BEN", "EVA", true, ["LEO"]],
  ]);
});

test("my own calls come first", () => {
  const branches = [branch("ana", null, ["ben"]), branch("ben", "ana", ["leo"]), branch("leo", "ben", [])];
  const order = (me: string) => callersOf(branches, me).map(({ branch: { contact } }) => contact);
  expect(order("ben")).toEqual(["ben", "ana"]);
  expect(order("leo")).toEqual(["ana", "ben"]);
});

test("who says nothing of languages is told apart from who speaks another", () => {
  const lines = [{ id: "ana", languages: ["vi"] }, { id: "ben", languages: [] }];
  expect([...withoutWord(lines)]).toEqual(["ben"]);
});
