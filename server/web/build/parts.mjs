// Says of each file of the built app when a phone needs it: at the first visit, later, or for one language only; and which
// is the rest of the core.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const MESSAGES = "src/messages/";

/** The rest of the core, which the bundler's list does not name: only the worker fetches it. */
const REST = /^assets\/rest_bg-[^/]+\.wasm$/;

/**
 * For a path in dist/, such as `assets/index-abc.js`: `first`, `later`, `rest`, or the code of a language. Reads the bundler's
 * list of what imports what, which is not part of the app, and removes it.
 */
export function partsOf(dist) {
  const list = join(dist, ".vite/manifest.json");
  if (!existsSync(list)) throw new Error("the bundler left no manifest");
  const chunks = JSON.parse(readFileSync(list, "utf8"));
  rmSync(dirname(list), { recursive: true });
  const first = new Set();
  const take = (name) => {
    const chunk = chunks[name];
    if (chunk === undefined || first.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) first.add(file);
    for (const imported of chunk.imports ?? []) take(imported);
  };
  for (const [name, { isEntry }] of Object.entries(chunks)) if (isEntry) take(name);
  const parts = new Map();
  for (const { src = "", file } of Object.values(chunks)) {
    if (src.startsWith(MESSAGES)) parts.set(file, basename(src, ".json"));
    else if (/\.js$/.test(file) && !first.has(file)) parts.set(file, "later");
  }
  return (path) => parts.get(path) ?? (REST.test(path) ? "rest" : "first");
}
