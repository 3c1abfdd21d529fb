// Where things are, and how a build program gives up: with one line.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const web = join(dirname(fileURLToPath(import.meta.url)), "..");
export const root = join(web, "../..");

/** @returns {never} */
export function fail(sentence) {
  console.error(`build: ${sentence}`);
  process.exit(1);
}
