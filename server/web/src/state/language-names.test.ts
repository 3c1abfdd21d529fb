// Every language has a name, and no language two places in the list.

import { expect, test } from "vitest";
import { nameOfLanguage, sameLanguage } from "./language-names";
import { LANGUAGE_TAGS } from "./language-tags";

const unknown = () => undefined;

test("a language that the browser cannot name has a name", () => {
  expect(nameOfLanguage("ase", unknown)).toBe("American Sign Language (ASL)");
  expect(nameOfLanguage("nv", unknown)).toBe("Navajo (Diné bizaad)");
  expect(nameOfLanguage("za", unknown)).toBe("Zhuang");
  // What nobody can name stays what it is.
  expect(nameOfLanguage("x-elm", unknown)).toBe("x-elm");
});

test("the browser's own name comes first", () => {
  expect(nameOfLanguage("nv", () => "navajo")).toBe("navajo");
});

test("Filipino and Tagalog are one choice, and called by both names", () => {
  expect(sameLanguage("fil")).toBe(sameLanguage("tl"));
  for (const tag of ["fil", "tl"]) expect(nameOfLanguage(tag, () => "Filipino")).toBe("Filipino (Tagalog)");
  expect(nameOfLanguage("tl", () => "Tagalog")).toBe("Tagalog");
});

test("no language can be chosen twice", () => {
  const same = LANGUAGE_TAGS.map(sameLanguage);
  expect(new Set(same).size).toBe(same.length);
  expect(same).toEqual(LANGUAGE_TAGS);
});
