// The core in WebAssembly computes what the specification says, byte for byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { initSync, vectors } from "../pkg/core.js";
import { root, web } from "./place.mjs";

test("the golden vectors come out in WebAssembly as they do natively", () => {
  initSync({ module: readFileSync(join(web, "pkg/core_bg.wasm")) });
  expect(vectors()).toBe(readFileSync(join(root, "protocol/wire/vectors/protocol.json"), "utf8"));
});
