// Adds up what a phone downloads to use the app for the first time, and fails when it is more than people can afford.
// `node build/size.mjs` prints it for the app in dist/.

import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { filesIn } from "./fingerprint.mjs";
import { fail, web } from "./place.mjs";

/** Bytes on the wire: page, code, core, styles and the service worker, compressed as the server sends them. */
const LIMIT = 700_000;

export function checkSize(dist) {
  const files = filesIn(dist)
    .filter((file) => !/\.(br|gz|png)$/.test(file) && !file.endsWith("release.json"))
    .map((file) => ({ name: relative(dist, file), bytes: sentBytes(file) }))
    .sort((a, b) => b.bytes - a.bytes);
  if (files.length === 0) fail("dist/ is empty: run `npm run build`");
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { name, bytes } of files.slice(0, 4)) console.log(`${String(bytes).padStart(8)}  ${name}`);
  console.log(`${String(total).padStart(8)}  bytes compressed, first load of the app, of at most ${LIMIT}`);
  if (total > LIMIT) fail(`the first load is ${total - LIMIT} bytes too large`);
  return total;
}

function sentBytes(file) {
  const compressed = `${file}.br`;
  return statSync(existsSync(compressed) ? compressed : file).size;
}

if (process.argv[1] === import.meta.filename) checkSize(join(web, "dist"));
