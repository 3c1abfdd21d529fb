// For everyone: the same in Arabic, from right to left.

import { test } from "@playwright/test";
import { furnish, walkThrough, type Neighborhood } from "../screens";

let place: Neighborhood;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  place = await furnish(browser);
});
test.afterAll(() => place.server.remove());

test("F29, F30: every screen is right in Arabic, from right to left, and at 320 px", async () => {
  test.setTimeout(300_000);
  await walkThrough(place, { language: "ar", dir: "rtl", scheme: "light", narrow: { width: 320, text: "100%" } });
});
