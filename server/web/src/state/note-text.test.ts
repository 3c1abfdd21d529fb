// Typing while others write: what was typed is written once, and what they wrote comes in beside it.

import { expect, test } from "vitest";
import type { Heading, Note } from "../device/note-messages";
import { NoteText, type Pen } from "./note-text.svelte";

/** A device that keeps one note; what others wrote waits until it is asked for. */
class Desk implements Pen {
  above: Heading = { title: "May", date: "", place: "" };
  written: (string | null)[] = [];
  during: () => void = () => {};
  most = Infinity;
  private count = 0;

  constructor(public content: string) {}

  note(): Note {
    const rest = { lines: [], attendance: [], decisions: [], conflicts: [], presence: { is: "here" } as const };
    return { ...this.above, version: `v${this.count}`, text: this.content, ...rest };
  }

  async read(): Promise<Note> {
    await Promise.resolve();
    return this.note();
  }

  async text(version: string | null, text: string): Promise<Note | undefined> {
    this.written.push(version);
    await Promise.resolve();
    if (text.length > this.most) return undefined;
    this.during();
    this.count++;
    this.content = text;
    return this.note();
  }

  async heading(_: Heading, after: Heading): Promise<Note> {
    await Promise.resolve();
    this.above = after;
    return this.note();
  }
}

test("what is typed while it is written is not lost and not written twice", async () => {
  const desk = new Desk("one");
  const text = new NoteText(desk);
  await text.refresh();
  desk.during = () => {
    desk.during = () => {};
    text.type("one two three");
  };
  text.type("one two");
  await text.write();
  expect([text.typed, desk.content]).toEqual(["one two three", "one two"]);
  await text.write();
  await text.write();
  expect(desk.content).toBe("one two three");
  expect(desk.written).toEqual(["v0", "v1"]);
});

test("what others wrote comes in beside what is being typed", async () => {
  const desk = new Desk("one\ntwo");
  const text = new NoteText(desk);
  await text.refresh();
  text.type("one\ntwo, mine");
  text.heading.place = "Library";
  desk.content = "zero\none\ntwo";
  desk.above = { ...desk.above, title: "June" };
  await text.refresh();
  expect(text.typed).toBe("zero\none\ntwo, mine");
  expect(text.heading).toEqual({ title: "June", date: "", place: "Library" });
  await text.write();
  expect(desk.content).toBe("zero\none\ntwo, mine");
  expect(desk.above.place).toBe("Library");
});

test("a word that is being put together is left alone", async () => {
  const desk = new Desk("one");
  const text = new NoteText(desk);
  await text.refresh();
  text.compose(true);
  desk.content = "one, theirs";
  await text.refresh();
  expect(text.typed).toBe("one");
  text.compose(false);
  await text.refresh();
  expect(text.typed).toBe("one, theirs");
});

test("opening a note writes nothing", async () => {
  const desk = new Desk("one");
  const text = new NoteText(desk);
  await text.write();
  await text.refresh();
  await text.write();
  expect(desk.written).toEqual([]);
});

test("what cannot be written stays on the screen and is known, until it is written", async () => {
  const desk = new Desk("one");
  const text = new NoteText(desk);
  await text.refresh();
  desk.most = 10;
  text.type("one and far too much");
  expect(await text.write()).toBe(false);
  desk.content = "zero\none";
  await text.refresh();
  expect(text.isUnwritten).toBe(true);
  expect(text.typed).toBe("zero\none and far too much");
  text.type("zero\none");
  expect(await text.write()).toBe(true);
  expect(text.isUnwritten).toBe(false);
});
