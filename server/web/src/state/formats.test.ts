// Short facts side by side.

import { expect, test } from "vitest";
import { beside } from "./formats";

test("each fact keeps its own direction, and nothing stands for one that is not there", () => {
  expect(beside(["+1 202 555 0101", "", "שדרה 5"])).toBe("\u2068+1 202 555 0101\u2069 · \u2068שדרה 5\u2069");
  expect(beside(["", ""])).toBe("");
});
