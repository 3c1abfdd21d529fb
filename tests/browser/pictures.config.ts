// Takes pictures of the running app with a full group: `npm run pictures` those in README.md, `npm run look` all screens.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({ ...base, testDir: "pictures", timeout: 600_000 });
