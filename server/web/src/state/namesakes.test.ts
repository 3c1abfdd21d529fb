// Names that two people have, and names that somebody had before.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Member } from "../device/messages";
import { language } from "./language.svelte";
import { cameSecond, distinctName, ownersOf, ownerWords } from "./namesakes";

function member(id: string, name: string, more: Partial<Member> = {}): Member {
  return { id, name, role: "member", since: 0, isSelf: false, devices: [], formerly: [], coming: null, ...more };
}

beforeAll(async () => {
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("localStorage", { setItem: () => undefined });
  await language.choose("en");
});
afterAll(() => vi.unstubAllGlobals());

const rosa = member("1", "Rosa");
const second = member("2", "rosa", { since: 60_000, isSelf: true });
const harold = member("3", "Harold", { formerly: ["Hal"] });

test("a task goes with whoever has or had the name, and never to two without a word", () => {
  expect(ownersOf("hal", [rosa, harold])).toEqual([harold]);
  expect(ownerWords("Hal", [rosa, harold])).toContain("Harold");
  expect(ownersOf("Harold", [rosa, harold])).toEqual([harold]);
  expect(ownerWords("Harold", [rosa, harold])).toBeUndefined();
  expect(ownersOf("Rosa", [rosa, second, harold])).toEqual([rosa, second]);
  expect(ownerWords("Rosa", [rosa, second, harold])).toContain("several people are or were called so");
  expect(ownerWords("Mrs. Tran", [rosa, harold])).toBeUndefined();
  expect(ownersOf("", [member("4", "")])).toEqual([]);
  // Somebody new takes a name that another one had: the task may be either's.
  const hal = member("5", "Hal");
  expect(ownersOf("Hal", [harold, hal])).toEqual([harold, hal]);
});

test("only where names are alike they are told apart, and the second one is told so", () => {
  expect(distinctName(rosa, [rosa, harold])).toBe("Rosa");
  expect(distinctName(rosa, [rosa, second])).not.toBe(distinctName(second, [rosa, second]));
  expect(cameSecond([rosa, second])).toBe(true);
  expect(cameSecond([{ ...rosa, isSelf: true }, { ...second, isSelf: false }])).toBe(false);
  expect(cameSecond([member("1", ""), member("2", "", { isSelf: true })])).toBe(false);
});
