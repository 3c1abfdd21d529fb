// Changing the rules of a decision: what cannot be is refused before it is written, and only what was changed goes out.

import { expect, test, vi } from "vitest";
import { Ruling } from "./ruling.svelte";
import { language } from "./language.svelte";

const NOW = Date.parse("2026-11-27T19:00Z");
const DAY_MS = 86_400_000;
vi.stubGlobal("navigator", { languages: ["en-US"] });
vi.stubGlobal("document", { documentElement: {} });
await language.choose("en");

function ruling(typed: Partial<Ruling["typed"]>, deadline = NOW + DAY_MS): Ruling {
  const one = new Ruling({ method: "consent", quorum: "50%", deadline }, 6);
  Object.assign(one.typed, typed);
  return one;
}

test("only what was changed is ruled anew", () => {
  expect(ruling({}).terms(NOW)).toEqual({});
  expect(ruling({ method: "majority" }).terms(NOW)).toEqual({ method: "majority" });
  expect(ruling({ quorum: " 6 ", until: "" }).terms(NOW)).toEqual({ quorum: "6", deadline: 0 });
  const until = "2026-12-30T10:00";
  expect(ruling({ until }).terms(NOW)).toEqual({ deadline: Date.parse(until) });
});

test("a day that is over is refused, unless it is the one that stands", () => {
  const over = ruling({ until: "2026-11-01T10:00" });
  expect(over.untilProblem).toBeUndefined();
  expect(over.terms(NOW)).toBeUndefined();
  expect(over.untilProblem).toBe("This day is over. Choose a later one.");
  expect(ruling({ quorum: "" }, NOW - DAY_MS).terms(NOW)).toEqual({ quorum: "" });
});

test.each(["7", "999", "most of us", "101%", "-1", "2.5"])("so many cannot be asked for: %s", (quorum) => {
  const one = ruling({ quorum });
  expect(one.terms(NOW)).toBeUndefined();
  expect(one.quorumProblem).toBeDefined();
  one.typed.quorum = "100 %";
  expect(one.terms(NOW)).toEqual({ quorum: "100 %" });
});
