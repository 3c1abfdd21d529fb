// For everyone: the same in Spanish, dark, and with letters of twice the size.

import { test } from "@playwright/test";
import { furnish, walkThrough, type Neighborhood } from "../screens";

let place: Neighborhood;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  place = await furnish(browser);
});
test.afterAll(() => place.server.remove());

test("F29, F30: every screen is right in Spanish, dark, and with text of 200 %", async () => {
  test.setTimeout(300_000);
  await walkThrough(place, { language: "es", dir: "ltr", scheme: "dark", narrow: { width: 360, text: "200%" } });
});
