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
