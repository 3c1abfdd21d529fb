// How the browser tests run: the Chromium of this machine, two stories at a time, nothing beyond loopback.

import { defineConfig } from "@playwright/test";
import { CHROMIUM, PHONE } from "./chromium";

export default defineConfig({
  testDir: "stories",
  fullyParallel: false,
  workers: 2,
  timeout: 120_000,
  // A phone that did not reach its server for 15 seconds, as on a busy machine, waits for up to 16 until it tries again.
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    // Longer than anything takes: what waits for something that never comes says so by itself.
    actionTimeout: 60_000,
    ...PHONE,
    launchOptions: CHROMIUM,
  },
});
