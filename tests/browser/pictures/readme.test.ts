// The pictures in README.md, from the running app: five screens side by side, in English and Spanish, light and dark.

import { writeFile } from "node:fs/promises";
import { test, type Page } from "@playwright/test";
import { groupOf } from "../asking";
import { PHONE } from "../chromium";
import { fill } from "../neighborhood";
import { Person } from "../people";
import { Server } from "../server";

const HERE = new URL(".", import.meta.url).pathname;
const GAP = 24;
/** Each screen, and what is there once all of it is. */
const SCREENS = [
  ["now", "#now-next"],
  ["shifts", "main article"],
  ["contacts", ".lines a"],
  ["notes", ".lines a"],
  ["", "main li button"],
] as const;

test("pictures of the main screens", async ({ browser }) => {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa", { ...PHONE, reducedMotion: "reduce" });
  await rosa.found(server, "Elm Street");
  await fill(rosa);
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.leave();
  await rosa.isSent();
  const { page } = rosa;
  const address = `${server.url}/#/group/${groupOf(rosa)}`;
  for (const language of ["en", "es"]) {
    await page.goto(`${server.url}/#/settings`);
    await page.locator("select").first().selectOption(language);
    await page.locator(`html[lang="${language}"]`).waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      const shots: string[] = [];
      for (const [screen, ready] of SCREENS) {
        await page.goto(`${address}/${screen}`);
        await page.locator(ready).first().waitFor();
        await page.evaluate(() => scrollTo(0, 0));
        shots.push((await page.screenshot()).toString("base64"));
      }
      const sheet = await browser.newPage();
      await writeFile(`${HERE}${language}-${scheme}.webp`, await sideBySide(sheet, shots));
      await sheet.close();
    }
  }
  await rosa.leave();
  await server.remove();
});

/** One picture of several, as WebP. */
async function sideBySide(page: Page, shots: string[]): Promise<Buffer> {
  const url = await page.evaluate(
    async ({ shots, gap }) => {
      const images = await Promise.all(
        shots.map(async (shot) => {
          const image = new Image();
          image.src = `data:image/png;base64,${shot}`;
          await image.decode();
          return image;
        }),
      );
      const canvas = document.createElement("canvas");
      canvas.width = images.reduce((width, image) => width + image.width + gap, -gap);
      canvas.height = Math.max(...images.map(({ height }) => height));
      let left = 0;
      for (const image of images) {
        canvas.getContext("2d")?.drawImage(image, left, 0);
        left += image.width + gap;
      }
      return canvas.toDataURL("image/webp", 0.85);
    },
    { shots, gap: GAP },
  );
  return Buffer.from(url.split(",")[1] ?? "", "base64");
}
