// How the browser tests run: the Chromium of this machine, two stories at a time, nothing beyond loopback.

import { defineConfig } from "@playwright/test";
import { CHROMIUM, PHONE } from "./chromium";

export default defineConfig({
  testDir: "stories",
  fullyParallel: false,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    ...PHONE,
    launchOptions: CHROMIUM,
  },
});
