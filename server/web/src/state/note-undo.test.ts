// Taking back what was typed into a note.

import { expect, test } from "vitest";
import { Undo } from "./note-undo";

test("steps are taken back one after the other and put in again", () => {
  const undo = new Undo();
  undo.typed("", "H", "insertText", 0);
  undo.typed("H", "Hi", "insertText", 100);
  undo.typed("Hi", "Hi\n- ", "", 200);
  undo.typed("Hi\n- ", "Hi\n- milk", "insertText", 300);
  expect(undo.back("Hi\n- milk")).toEqual({ text: "Hi\n- ", caret: 5 });
  expect(undo.back("Hi\n- ")).toEqual({ text: "Hi", caret: 2 });
  expect(undo.again("Hi")).toEqual({ text: "Hi\n- ", caret: 5 });
  expect(undo.back("Hi\n- ")?.text).toBe("Hi");
  expect(undo.back("Hi")?.text).toBe("");
  expect(undo.back("")).toBeUndefined();
});

test("what others wrote meanwhile stays, and old text comes back where it was", () => {
  const undo = new Undo();
  const first = "one\ntwo\nthree\n";
  undo.typed(first, "one\nthree\n", "deleteContentBackward", 0);
  expect(undo.back("zero\none\nthree\nBen\n")?.text).toBe("zero\none\ntwo\nthree\nBen\n");
  undo.typed(first, "", "deleteContentBackward", 9000);
  expect(undo.back("")?.text).toBe(first);
});

test("what others put into the middle of what is taken back stays", () => {
  const undo = new Undo();
  undo.typed("", "one two three four", "insertText", 0);
  expect(undo.back("one two CY IMPORTANT three four")?.text).toBe("CY IMPORTANT ");
  expect(undo.again("CY IMPORTANT ")?.text).toContain("CY IMPORTANT ");
  undo.typed("one two", "one two three", "insertText", 9000);
  expect(undo.back("Ben: one two thCY ree, and Leo")?.text).toBe("Ben: one twoCY , and Leo");
});

test("whoever writes without a pause takes back some words at a time", () => {
  const undo = new Undo();
  const written = "Everybody brings a chair, and whoever has two brings two of them.\nx";
  const all = `${written}${"x".repeat(100)}`;
  for (let length = 1; length <= all.length; length++) {
    undo.typed(all.slice(0, length - 1), all.slice(0, length), "insertText", length * 50, all[length - 1]);
  }
  const steps = [all];
  for (let back = undo.back(all); back !== undefined; back = undo.back(back.text)) steps.push(back.text);
  expect(steps.at(-1)).toBe("");
  const lengths = steps.slice(1).map((text, step) => (steps[step] ?? "").length - text.length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(40);
  expect(lengths.length).toBeLessThan(12);
  // Where words end, if they do.
  expect(steps.slice(-3)).toEqual(["Everybody brings a chair, and whoever has two", "Everybody brings a chair,", ""]);
});
