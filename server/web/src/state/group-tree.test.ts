// Circles stand below the group around them, and no group gets lost.

import { expect, test } from "vitest";
import type { GroupStatus } from "../device/messages";
import { ordered } from "./group-tree";

function groups(all: Record<string, string | null>): GroupStatus[] {
  return Object.entries(all).map(([group, parent]) => ({ group, parent }) as GroupStatus);
}

function order(all: Record<string, string | null>): string[] {
  return ordered(groups(all)).map(({ group, around }) => (around === undefined ? group.group : `${around.group}>${group.group}`));
}

test("a circle stands below its group, also one in a circle", () => {
  expect(order({ a: "c", b: null, c: null, d: "a" })).toEqual(["b", "c", "c>a", "a>d"]);
});

test("a circle whose group is not on this phone stands alone", () => {
  expect(order({ a: "gone", b: null })).toEqual(["a", "b"]);
});

test("groups that list each other are there once", () => {
  expect(order({ a: "b", b: "a", c: "c" })).toEqual(["a", "a>b", "c"]);
});
