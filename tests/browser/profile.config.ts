// Runs the first visits with a core that notes what it executes; see build/profile.mjs of the app.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({ ...base, testDir: "profile", timeout: 300_000 });
