// For everyone: no screen breaks the rules that axe knows, none is wider than 320 px, and everything can be tapped.

import { expect, test } from "@playwright/test";
import { furnish, walkThrough, type Neighborhood } from "../screens";

let place: Neighborhood;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  place = await furnish(browser);
});
test.afterAll(() => place.server.remove());

test("F29: every screen is right in English, and at 320 px", async () => {
  test.setTimeout(300_000);
  await walkThrough(place, { language: "en", dir: "ltr", scheme: "light", narrow: { width: 320, text: "100%" } });
});

test("F29: what has the focus is never under the bars at the top and the bottom", async () => {
  const { page } = place.rosa;
  await page.setViewportSize({ width: 360, height: 740 });
  await place.rosa.go("Contacts");
  await page.locator('a[href$="/contacts/new"]').click();
  await page.locator("details summary").click();
  for (let steps = 0; steps < 45; steps++) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body || element.closest(".skip")) return undefined;
      const { left, top, width, height } = element.getBoundingClientRect();
      const seen = document.elementFromPoint(left + width / 2, top + height / 2);
      return seen !== null && (element.contains(seen) || seen.contains(element)) ? undefined : element.outerHTML.slice(0, 120);
    });
    expect(hidden).toBeUndefined();
  }
});
