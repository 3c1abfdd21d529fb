// How the browser tests run: the Chromium of this machine, one page at a time, nothing beyond loopback.

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "stories",
  fullyParallel: false,
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    viewport: { width: 360, height: 740 },
    locale: "en-US",
    timezoneId: "America/Chicago",
    hasTouch: true,
    launchOptions: {
      executablePath: process.env["PORCHLIGHT_CHROMIUM"] ?? "/usr/bin/chromium",
      // Chromium refuses to run as root inside its sandbox; the rest keeps it from reaching for its maker's hosts.
      args: [
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
