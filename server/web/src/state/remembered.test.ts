// What was told last is shown again, and asked for again only after something has changed.

import { beforeEach, expect, test, vi } from "vitest";
import type { News } from "../device/messages";

const app = vi.hoisted(() => ({
  turn: 1,
  listeners: new Set<(news: News) => void>(),
  listen(listener: (news: News) => void) {
    app.listeners.add(listener);
    return () => app.listeners.delete(listener);
  },
}));

vi.mock("./app.svelte", () => ({ app }));

const { Remembered } = await import("./remembered");
const touches = (news: News) => news.news === "documentChanged" && news.document === "contacts";
const hear = (group: string, document: string) => {
  for (const listener of app.listeners) listener({ news: "documentChanged", group, document });
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  app.turn = 1;
});

test("nothing is fresh before it was told", () => {
  const remembered = new Remembered<string[]>("a", "elm", touches);
  expect(remembered.get()).toBeUndefined();
  expect(remembered.isFresh()).toBe(false);
  remembered.keep(["Ana"]);
  expect(remembered.isFresh()).toBe(true);
  expect(new Remembered<string[]>("a", "elm", touches).get()).toEqual(["Ana"]);
  expect(new Remembered("a", "oak", touches).isFresh()).toBe(false);
});

test("news of it make it old, and others do not", () => {
  const remembered = new Remembered<string[]>("b", "elm", touches);
  remembered.keep(["Ana"]);
  hear("oak", "contacts");
  hear("elm", "index");
  expect(remembered.isFresh()).toBe(true);
  hear("elm", "contacts");
  expect(remembered.isFresh()).toBe(false);
  expect(remembered.get()).toEqual(["Ana"]);
});

test("another tab's device and the time make it old", () => {
  const remembered = new Remembered<string[]>("c", "elm", touches);
  remembered.keep([]);
  app.turn++;
  expect(remembered.isFresh()).toBe(false);
  remembered.keep([]);
  vi.setSystemTime(1_000_000 + 61_000);
  expect(remembered.isFresh()).toBe(false);
});

test("whoever listens hears what touches it, and nothing once they stop", () => {
  const remembered = new Remembered<string[]>("d", "elm", touches);
  let heard = 0;
  const stop = remembered.listen(() => heard++);
  hear("elm", "contacts");
  hear("elm", "note/1");
  stop();
  hear("elm", "contacts");
  expect(heard).toBe(1);
});
