// Languages in what people search for.

import { expect, test } from "vitest";
import { fits, languageSearch } from "./search";

const languages = [
  { tag: "vi", name: "Vietnamese" },
  { tag: "es", name: "español" },
  { tag: "zh-Hans", name: "Simplified Chinese" },
];

test("a language is found by what it is called", () => {
  expect(languageSearch("viet", languages)).toEqual({ rest: "", tags: [new Set(["vi"])] });
  expect(languageSearch("Elm espanol", languages)).toEqual({ rest: "elm", tags: [new Set(["es"])] });
  expect(languageSearch("chinese", languages)?.tags).toEqual([new Set(["zh-Hans"])]);
});

test("other words name none", () => {
  for (const search of ["", "vi", "Ana", "202 555"]) expect(languageSearch(search, languages), search).toBeUndefined();
});

test("each word must fit", () => {
  const search = languageSearch("vietnamese español", languages);
  expect(search && fits({ languages: ["vi", "es"] }, search)).toBe(true);
  expect(search && fits({ languages: ["vi"] }, search)).toBe(false);
});
