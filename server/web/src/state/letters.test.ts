// Letters over a list of names in many scripts.

import { expect, test } from "vitest";
import type { ContactLine } from "../device/messages";
import { firstLines } from "./gradual.svelte";
import { byLetter } from "./letters";

function grouped(names: string[], locale = "en"): [string, string[]][] {
  const lines = names.map((name): ContactLine => ({ id: name, name, phone: null, area: "", speaks: [], languages: [], skills: [], tags: [], hasQuestion: false }));
  const collator = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
  return byLetter(lines, collator, locale).map(({ letter, lines }) => [letter, lines.map(({ name }) => name)]);
}

test("accents do not tear a letter apart", () => {
  expect(grouped(["Zoë", "Élodie", "eve", "Emil", "Ezra"])).toEqual([
    ["E", ["Élodie", "Emil", "eve", "Ezra"]],
    ["Z", ["Zoë"]],
  ]);
});

test("every letter has one group, in any script", () => {
  const names = ["Олена", "Оксана", "王芳", "김민준", "김서연", "فاطمة", "Nguyễn Văn An", "Ñandú", "नीता"];
  const letters = grouped(names).map(([letter]) => letter);
  expect(new Set(letters).size).toBe(letters.length);
  expect(grouped(names).flatMap(([, names]) => names).sort()).toEqual([...names].sort());
  expect(grouped(["김민준"])).toEqual([["김", ["김민준"]]]);
});

test("what begins with no letter comes last", () => {
  expect(grouped(["+1 202 555 0101", "Ana", "24h Clinic", "🌻 Garden"]).at(-1)?.[0]).toBe("#");
  expect(grouped(["Ana", "24h Clinic"])).toEqual([["A", ["Ana"]], ["#", ["24h Clinic"]]]);
});

test("the first lines come under their letters, and no letter without a line", () => {
  const collator = new Intl.Collator("en");
  const groups = byLetter(["Ana", "Ada", "Ben", "Cleo"].map((name) => ({ name }) as ContactLine), collator, "en");
  expect(firstLines(groups, 3).map(({ letter, lines }) => [letter, lines.length])).toEqual([["A", 2], ["B", 1]]);
  expect(firstLines(groups, 9)).toEqual(groups);
});
