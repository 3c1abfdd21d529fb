// Buttons and the Enter key in a note.

import { expect, test } from "vitest";
import { afterEnter, withMark } from "./note-keys";

test("a mark is put before the line and taken away again", () => {
  const task = withMark({ text: "one\ntwo", caret: 6 }, "task");
  expect(task).toEqual({ text: "one\n- [ ] two", caret: 12 });
  expect(withMark(task, "task")).toEqual({ text: "one\ntwo", caret: 6 });
  expect(withMark(task, "heading")).toEqual({ text: "one\n## two", caret: 9 });
  expect(withMark({ text: "", caret: 0 }, "list")).toEqual({ text: "- ", caret: 2 });
});

test("Enter goes on with a list and ends it", () => {
  expect(afterEnter({ text: "- [x] keys", caret: 10 })).toEqual({ text: "- [x] keys\n- [ ] ", caret: 17 });
  expect(afterEnter({ text: "- one\n- ", caret: 8 })).toEqual({ text: "- one\n", caret: 6 });
  expect(afterEnter({ text: "words", caret: 5 })).toBeUndefined();
});
