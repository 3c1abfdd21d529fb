// What phones download is what was built, byte by byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { brotli, sectionEnds } from "./brotli.mjs";
import { web } from "./place.mjs";

const core = readFileSync(join(web, "pkg/core_bg.wasm"));

test("a core comes out of the download as it went in", { timeout: 120_000 }, async () => {
  expect(brotliDecompressSync(await brotli(core)).equals(core)).toBe(true);
});

test("a core is cut where its large sections begin and end", () => {
  const ends = sectionEnds(core);
  expect(ends.length).toBeGreaterThan(2);
  expect(Math.max(...ends)).toBeLessThan(core.length);
  // Code is section 10.
  expect(ends.map((end) => core[end])).toContain(10);
});

test("what is no core, or breaks off, is not cut", async () => {
  for (const plain of [Buffer.from("body { color: red }"), Buffer.alloc(0), core.subarray(0, 9)]) {
    expect(sectionEnds(plain)).toEqual([]);
    expect(brotliDecompressSync(await brotli(plain)).equals(plain)).toBe(true);
  }
});
