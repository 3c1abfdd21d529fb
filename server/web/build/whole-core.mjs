// Starts the core with its rest in Node, for tests and measurements.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initSync } from "../pkg/core.js";
import { add, beginWith } from "../src/device/rest.ts";
import { web } from "./place.mjs";

export function startCore() {
  const [first, rest] = ["core_bg.wasm", "rest_bg.wasm"].map((file) => readFileSync(join(web, "pkg", file)));
  beginWith(initSync({ module: first }));
  add(new WebAssembly.Module(rest));
}

export { Core } from "../pkg/core.js";
