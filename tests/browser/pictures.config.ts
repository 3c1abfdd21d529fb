// Takes pictures of the running app with the example list, to look at: `npm run pictures`, then see pictures/out/.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({ ...base, testDir: "pictures", timeout: 300_000 });
