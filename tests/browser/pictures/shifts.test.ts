// The screens of shifts with a full plan and long names: narrow and wide, light and dark, in three languages.

import { test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";
import { addShift, dayFromToday } from "../watch";

const OUT = new URL("out/", import.meta.url).pathname;
const LONG = "Neighborhood night watch and walking people home from the late bus at Martin-Luther-King-Boulevard";

test("pictures of shifts", async ({ browser }) => {
  test.setTimeout(500_000);
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa");
  const { page } = rosa;
  const shoot = async (name: string, fullPage = false) => {
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${OUT}${name}.png`, fullPage });
  };
  await rosa.found(server, "Elm Street");
  const ben = await Person.with(browser, "Bartholomew Featherstonehaugh-Worthington");
  await ben.join(await rosa.invite(), "Elm Street");
  await rosa.go("Now");
  await page.getByRole("link", { name: "Find one" }).waitFor();
  await shoot("s01-now-empty", true);
  await rosa.go("Shifts");
  await page.getByText("Nothing is planned").waitFor();
  await shoot("s02-shifts-empty", true);
  await page.getByRole("link", { name: "Add", exact: true }).click();
  await page.getByLabel("What is it called?").waitFor();
  await page.getByLabel("Does it repeat?").selectOption("Every other week");
  await page.locator("summary").click();
  await shoot("s03-new", true);
  await rosa.go("Shifts");
  await page.getByRole("link", { name: "Use a template" }).click();
  await page.getByLabel("Neighborhood watch").waitFor();
  await shoot("s04-templates", true);
  await page.getByRole("button", { name: "Add these shifts" }).click();
  await page.getByRole("article").first().waitFor();
  await addShift(rosa, { title: LONG, day: dayFromToday(1), from: "20:00", to: "06:00", needs: 3, place: "Corner of Martin-Luther-King-Boulevard and 5th Street, behind the bakery", repeat: "Every day" });
  await addShift(rosa, { title: "Rides to the clinic", day: dayFromToday(0), from: "00:05", to: "23:55", needs: 1 });
  await page.getByRole("button", { name: "I come" }).click();
  await page.getByText("You are in.").first().waitFor();
  await page.getByRole("button", { name: "Write a hand-over" }).click();
  await page.getByLabel("What should the next know?").fill("The side door sticks: lift it, then push. Mrs. Tran will come by at nine.");
  await page.getByLabel("An open task").fill("Bring the radio back");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("checkbox", { name: "Bring the radio back" }).waitFor();
  await shoot("s10-shift", true);
  await rosa.isSent();
  await ben.go("Shifts");
  const watch = ben.page.getByRole("article").filter({ hasText: "Neighborhood night watch" });
  await watch.first().getByRole("button", { name: /^I come/ }).click();
  await watch.first().getByText("You are in.").waitFor();
  await ben.isSent();
  await rosa.go("Shifts");
  await page.getByRole("article").filter({ hasText: "Bartholomew" }).first().waitFor();
  for (const [language, code] of [["en", "en"], ["es", "es"], ["ar", "ar"]] as const) {
    await page.goto(`${server.url}/#/settings`);
    await page.locator("select").first().selectOption(language);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [width, height] of [[360, 740], [1280, 800]] as const) {
        await page.setViewportSize({ width, height });
        await page.goto(`${server.url}/#/`);
        await page.locator("#now-next").waitFor();
        await shoot(`s20-now-${code}-${scheme}-${width}`, width === 360);
        await page.locator('nav a[href$="/shifts"]').first().click();
        await page.locator("main article").nth(3).waitFor();
        await shoot(`s21-shifts-${code}-${scheme}-${width}`);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await page.locator("main article h3 a").nth(2).click();
      await page.locator("main .danger").waitFor();
      await shoot(`s22-shift-${code}-${scheme}`, true);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.locator('main a[href$="/edit"]').click();
    await page.locator("main fieldset").first().waitFor();
    await shoot(`s23-edit-${code}`, true);
    await page.locator('nav a[href$="/shifts"]').first().click();
    await page.locator('main a[href$="/gaps"]').click();
    await page.locator("main li a").first().waitFor();
    await shoot(`s24-gaps-${code}`);
    await page.goto(`${page.url().replace(/shifts\/gaps$/, "print/signIn")}`);
    await page.locator("main h1").waitFor();
    await shoot(`s25-sign-in-${code}`);
  }
  await rosa.leave();
  await ben.leave();
  await server.remove();
});
