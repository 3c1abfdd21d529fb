// The phone tree as people read it.

import { expect, test } from "vitest";
import type { Branch } from "../device/people-messages";
import { callersOf } from "./callers";

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
