// Runs the first visits with a core that notes what it executes; see build/profile.mjs of the app.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

// Several rounds: who hears of what first differs from one to the next. One process, which adds up what it saw.
export default defineConfig({ ...base, testDir: "profile", timeout: 180_000, workers: 1, repeatEach: 4 });
