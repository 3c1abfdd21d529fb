// Something small that is fetched is given up when nothing comes.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askAbout } from "./server";
import { SMALL_ANSWER_MS, fetchTimely } from "./timely";

/** A line on which nothing comes until it is given up. */
function stalled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("given up", "AbortError"))));
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a server that takes the request and says nothing is given up", async () => {
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => stalled(signal));
  const asked = askAbout("https://porch.example.org");
  await vi.advanceTimersByTimeAsync(SMALL_ANSWER_MS);
  expect(await asked).toBeUndefined();
});

test("so is one whose answer stops in the middle", async () => {
  vi.stubGlobal("fetch", async (_: string, { signal }: { signal: AbortSignal }) => ({ ok: true, json: () => stalled(signal) }));
  const asked = askAbout("https://porch.example.org");
  await vi.advanceTimersByTimeAsync(SMALL_ANSWER_MS);
  expect(await asked).toBeUndefined();
});

test("what has come in time is not given up later", async () => {
  let wasGivenUp = false;
  vi.stubGlobal("fetch", async (_: string, { signal }: { signal: AbortSignal }) => {
    signal.addEventListener("abort", () => (wasGivenUp = true));
    return { ok: true };
  });
  expect(await fetchTimely("/zones/America/Chicago", {}, async ({ ok }) => ok)).toBe(true);
  await vi.advanceTimersByTimeAsync(2 * SMALL_ANSWER_MS);
  expect(wasGivenUp).toBe(false);
});
