// What a person's choices about the rows of an import become.

import { expect, test } from "vitest";
import type { Proposal } from "../device/messages";
import { choiceFor, choicesFor, effect, otherContact } from "./row-choice";

const merge: Proposal = { do: "merge", contact: "c1", row: null, name: "Ana", changes: [] };

test("what was proposed needs no choice", () => {
  expect(choiceFor(merge, "proposed", undefined)).toBeUndefined();
});

test("a merge can prefer the file, be refused, or become a new contact", () => {
  expect(choicesFor(merge, false)).toEqual(["proposed", "there", "add", "skip"]);
  expect(choiceFor(merge, "there", undefined)).toEqual({ do: "contact", contact: "c1", prefer: "there" });
  expect(choiceFor(merge, "add", undefined)).toEqual({ do: "add" });
  expect(choiceFor(merge, "skip", undefined)).toEqual({ do: "skip" });
});

test("a row that shares somebody's number can be added to that contact", () => {
  const add: Proposal = { do: "add" };
  const other = otherContact([{ code: "nameMade" }, { code: "sharesNumber", contact: "c2" }]);
  expect(choicesFor(add, other !== undefined)).toContain("here");
  expect(choiceFor(add, "here", other)).toEqual({ do: "contact", contact: "c2", prefer: "here" });
});

test("a row about somebody of an earlier row is nobody who was here", () => {
  expect(effect(merge, "proposed")).toBe("change");
  const repeated: Proposal = { ...merge, contact: null, row: 1 };
  expect(effect(repeated, "proposed")).toBe("repeat");
  expect(effect(repeated, "add")).toBe("add");
});

test("what cannot be taken offers nothing", () => {
  expect(choicesFor({ do: "refuse", why: { code: "nothing" } }, false)).toEqual([]);
});
