// Lines of a note become what people read.

import { expect, test } from "vitest";
import type { Line } from "../device/note-messages";
import { blocksOf, withoutBullet } from "./note-blocks";

function line(text: string): Line {
  const what = /^- \[.\] ?(.*)$/.exec(text)?.[1];
  const task = what === undefined ? null : { done: false, owner: "", due: "" };
  return { id: text, text, what: what ?? null, task, asked: null, conflicts: [] };
}

test("headings, lists and paragraphs are told apart", () => {
  const lines = ["## Agenda", "- welcome", "- ", "- shifts", "", "### More", "words", "more words", "", "words", "- [ ] ", "- [ ] keys"].map(line);
  const told = blocksOf(lines).map((block) => (block.is === "heading" ? `${block.level} ${block.text}` : `${block.is} ${block.lines.map(({ text }) => text).join("/")}`));
  expect(told).toEqual(["2 Agenda", "list - welcome", "list - shifts", "3 More", "text words/more words", "text words", "list - [ ] keys"]);
});

test("a box without words is shown once there is a question about it", () => {
  const conflict = { field: "owner", versions: [] };
  expect(blocksOf([{ ...line("- [ ] "), conflicts: [conflict] }])).toHaveLength(1);
});

test("bullets are not read out", () => {
  expect(["- one", "  * two", "three - four"].map(withoutBullet)).toEqual(["one", "two", "three - four"]);
});
