// What stays at the bottom of the screen: the ways onward, and the buttons that end a form above them.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

for (const language of ["en", "es", "ar", "vi"]) {
  test(`F29: the bar at the bottom covers no button in ${language}, and breaks no word, at any size of text`, async () => {
    const { page } = rosa;
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole("link", { name: "This phone", exact: true }).click();
    await page.locator("select").first().selectOption(language);
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    await page.goBack();
    await page.locator(".frame > nav a").nth(2).click();
    await page.locator('a[href$="/contacts/new"]').first().click();
    const save = page.locator(".save");
    await save.waitFor();
    for (const text of ["100%", "200%"]) {
      await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
      expect(await page.evaluate(wordsBroken), text).toEqual([]);
      expect(await page.locator("header .name").evaluate((name) => name.scrollHeight - name.clientHeight), text).toBeLessThanOrEqual(1);
      await expect.poll(() => page.evaluate(coveredBy), text).toBeLessThanOrEqual(1);
      // A field can be seen above what stays at the bottom.
      const field = await page.locator("main input").first().boundingBox();
      const bottom = Math.min((await save.boundingBox())?.y ?? 0, (await page.locator(".frame > nav").boundingBox())?.y ?? 0);
      expect((field?.y ?? 0) + (field?.height ?? 0), text).toBeLessThanOrEqual(bottom);
    }
  });
}

test("F29: the way back from the settings is at their top, and leads to where one was", async () => {
  const { page } = rosa;
  await rosa.go("Contacts");
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  const back = page.getByRole("main").getByRole("link", { name: "Back" });
  await expect(back).toBeInViewport();
  await back.click();
  await expect(page.getByRole("heading", { level: 1, name: "Contacts" })).toBeVisible();
});

/** Runs in the page: the words of the bar that stand on more than one line. */
function wordsBroken(): string[] {
  const broken: string[] = [];
  for (const name of document.querySelectorAll(".frame > nav span")) {
    const text = name.firstChild as Text;
    for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(word);
    }
  }
  return broken;
}

/** Runs in the page: by how many pixels the bar covers the buttons that end the form, once one has scrolled to its end. */
function coveredBy(): number {
  const save = document.querySelector(".save button");
  save?.scrollIntoView({ block: "end" });
  scrollTo(0, document.documentElement.scrollHeight);
  const covered = (save?.getBoundingClientRect().bottom ?? Infinity) - (document.querySelector(".frame > nav")?.getBoundingClientRect().top ?? 0);
  scrollTo(0, 0);
  return covered;
}

test("F29: what is said of this phone's clock hides nothing of what is said of what was typed, at any width", async () => {
  const { page } = rosa;
  await server.stop();
  await server.startAgainLater(5);
  const clock = page.getByText("Set the date and time of this phone.");
  await expect(clock).toBeVisible();
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const lines = await Promise.all([rosa.status, clock, page.getByRole("heading", { level: 1 })].map((line) => line.boundingBox()));
    for (const [index, box] of lines.entries()) {
      const above = lines[index - 1];
      if (above) expect(box?.y, `${index} at ${width}`).toBeGreaterThanOrEqual(above.y + above.height - 1);
    }
  }
});
