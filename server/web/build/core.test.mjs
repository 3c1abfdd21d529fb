// The core in WebAssembly computes what the specification says, byte for byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vectors } from "../pkg/core.js";
import { root } from "./place.mjs";
import { startCore } from "./whole-core.mjs";

test("the golden vectors come out in WebAssembly as they do natively", () => {
  startCore();
  expect(vectors()).toBe(readFileSync(join(root, "protocol/wire/vectors/protocol.json"), "utf8"));
});
