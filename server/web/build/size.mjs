// Adds up what a phone downloads to use the app for the first time, and fails when it is more than people can afford.
// `node build/size.mjs` prints it for the app in dist/.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { filesIn } from "./fingerprint.mjs";
import { fail, web } from "./place.mjs";

/**
 * Bytes on the wire: page, code, the first part of the core, styles, one language and the service worker, compressed as
 * the server sends them.
 */
const LIMIT = 700_000;

export function checkSize(dist) {
  const { files: listed } = JSON.parse(readFileSync(join(dist, "release.json"), "utf8"));
  const part = new Map(listed.map(({ path, part }) => [path === "/" ? "index.html" : path.slice(1), part]));
  const files = filesIn(dist)
    .filter((file) => !/\.(br|gz|png)$/.test(file) && !file.endsWith("release.json"))
    .map((file) => ({ name: relative(dist, file), bytes: sentBytes(file) }))
    .sort((a, b) => b.bytes - a.bytes);
  if (files.length === 0) fail("dist/ is empty: run `npm run build`");
  const ofPart = (wanted) => files.filter(({ name }) => wanted(part.get(name) ?? "first"));
  const first = ofPart((part) => part === "first");
  const later = ofPart((part) => part === "later" || part === "rest");
  // A phone loads one language: count the largest.
  const [language] = ofPart((part) => !["first", "later", "rest"].includes(part));
  const total = sum([...first, ...(language === undefined ? [] : [language])]);
  for (const { name, bytes } of first.slice(0, 4)) console.log(`${String(bytes).padStart(8)}  ${name}`);
  console.log(`${String(total).padStart(8)}  bytes compressed, first load of the app in one language, of at most ${LIMIT}`);
  for (const { name, bytes } of later.slice(0, 1)) console.log(`${String(bytes).padStart(8)}  ${name}`);
  console.log(`${String(sum(later)).padStart(8)}  bytes that follow when the phone has time`);
  console.log(`${String(total + sum(later)).padStart(8)}  bytes in all`);
  if (total > LIMIT) fail(`the first load is ${total - LIMIT} bytes too large: see "The core in two parts" in server/web/README.md`);
  return total;
}

function sum(files) {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function sentBytes(file) {
  const compressed = `${file}.br`;
  return statSync(existsSync(compressed) ? compressed : file).size;
}

if (process.argv[1] === import.meta.filename) checkSize(join(web, "dist"));
