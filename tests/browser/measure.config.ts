// Measures the app on a phone four times slower than this machine: `npm run measure` prints what people wait for.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({ ...base, testDir: "measure", timeout: 300_000, workers: 1, reporter: [["dot"]] });
