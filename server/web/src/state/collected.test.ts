// Codes from another phone's screen: any order, repeats, and those that are not of the same set or not ours.

import { expect, test } from "vitest";
import { Collected } from "./collected";

const [one, two, three] = ["PORCH/84ADBE97/1/3/OBXX", "PORCH/84ADBE97/2/3/ABCD", "PORCH/84ADBE97/3/3/A2"] as const;

test("codes come in any order and more than once, and are whole once none is missing", () => {
  const collected = new Collected();
  const said = [three, three, one, three].map((code) => collected.add(code));
  expect(said.map((seen) => [seen?.number, seen?.count, seen?.whole])).toEqual([[1, 3, undefined], [1, 3, undefined], [2, 3, undefined], [2, 3, undefined]]);
  expect(collected.add(`${two}\n`)).toEqual({ number: 3, count: 3, whole: [one, two, three] });
});

test("a code of another phone takes nothing from those of the first", () => {
  const collected = new Collected();
  collected.add(one);
  collected.add(two);
  expect(collected.add("PORCH/0000FFFF/3/3/ZZ")).toEqual({ number: 1, count: 3, whole: undefined });
  expect(collected.add(three)?.whole).toEqual([one, two, three]);
});

test.each(["https://elm.example/#/join/abc", "", "PORCH/84ADBE97/4/3/AA", "PORCH/84ADBE97/0/3/AA", "porch/84adbe97/1/3/aa", `x${one}`])("no code of ours: %s", (text) => {
  expect(new Collected().add(text)).toBeUndefined();
});
