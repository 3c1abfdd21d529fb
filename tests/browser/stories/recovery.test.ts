// Product 4: twelve words on paper bring somebody back when phone and data are gone.

import { expect, test } from "@playwright/test";
import { PHONE } from "../chromium";
import { Person } from "../people";
import { Server } from "../server";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa", PHONE);
  await rosa.found(server, "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
});
test.afterEach(() => server.remove());

/** The words, which leave the screen once they are said to be on paper. */
async function makeWords({ page }: Person): Promise<string[]> {
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByRole("button", { name: "Make recovery words" }).click();
  await expect(page.getByText("Elm Street: your words bring you back.")).toBeVisible({ timeout: 40_000 });
  const words = await page.locator("ol.words li").allTextContents();
  await page.getByRole("button", { name: "I have written them down" }).click();
  return words;
}

test("A4: twelve words on paper bring Rosa back under her name, on a phone that knows nothing", async ({ browser }) => {
  const { page } = rosa;
  const words = await makeWords(rosa);
  expect(words).toHaveLength(12);
  await expect(page.locator("ol.words")).toBeHidden();
  await rosa.leave();

  const again = await Person.with(browser, "Rosa", PHONE);
  await again.page.goto(server.url);
  await again.page.getByRole("link", { name: "I have recovery words" }).click();
  const field = again.page.getByLabel("The twelve words");
  await field.fill(words.slice(0, 11).join(" "));
  await again.page.getByRole("button", { name: "Bring me back" }).click();
  await expect(again.page.getByText("There must be twelve words.")).toBeVisible();
  await field.fill(words.map((word) => word.toUpperCase()).join("  "));
  await again.page.getByRole("button", { name: "Bring me back" }).click();
  // The words leave the screen, and the way leads into the group.
  await expect(again.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible({ timeout: 60_000 });
  await expect(field).toBeHidden();
  await again.go("Contacts");
  await expect(again.line("Mrs. Tran")).toBeVisible();
  await again.go("Group");
  await expect(again.page.getByText("Rosa (you)")).toBeVisible();
  await expect(again.page.getByRole("heading", { name: "1 member" })).toBeVisible();
  await again.addContact("Ana Ejemplo", "+1 202 555 0143");
  await again.isSent();
  await again.leave();
});

test("A4: whoever comes in with the words is told to my phone, until I say that it was me", async ({ browser }) => {
  const { page } = rosa;
  const words = await makeWords(rosa);
  await page.getByRole("link", { name: "Back" }).first().click();
  await rosa.go("Now");

  const finder = await Person.with(browser, "Rosa", PHONE);
  await finder.page.goto(server.url);
  await finder.page.getByRole("link", { name: "I have recovery words" }).click();
  await finder.page.getByLabel("The twelve words").fill(words.join(" "));
  await finder.page.getByRole("button", { name: "Bring me back" }).click();
  await expect(finder.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible({ timeout: 60_000 });
  const told = page.getByText("came in as you with your recovery words");
  await expect(told).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText("Nothing waits for you.")).toBeHidden();
  await expect(finder.page.getByText("came in as you")).toBeHidden();
  await page.getByRole("link", { name: "It was not me" }).click();
  await expect(page.getByText("Came in with the recovery words")).toBeVisible();
  await rosa.go("Now");
  await page.getByRole("button", { name: "It was me" }).click();
  await expect(told).toBeHidden();
  await page.reload();
  await expect(page.getByText("You have no shift in the next two weeks")).toBeVisible();
  await expect(told).toBeHidden();
});

test("A4: words of somebody who was removed say so, and no browser is said to have lost anything", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben", PHONE);
  await ben.join(await rosa.invite(), "Elm Street");
  const words = (await makeWords(ben)).join(" ");
  await ben.leave();
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByRole("button", { name: "Remove Ben from the group" }).click();
  await expect(rosa.page.getByRole("heading", { name: "1 member" })).toBeVisible();
  await rosa.isSent();

  const again = await Person.with(browser, "Ben", PHONE);
  await again.page.goto(server.url);
  await again.page.getByRole("link", { name: "I have recovery words" }).click();
  await again.page.getByLabel("The twelve words").fill(words);
  await again.page.getByRole("button", { name: "Bring me back" }).click();
  const why = again.page.getByRole("alert").filter({ hasText: "These words do not let you in any more" });
  await expect(why).toBeVisible({ timeout: 60_000 });
  await expect(again.page.getByText("Found. Your groups come back one after the other.")).toBeHidden();
  await again.page.goto("about:blank");
  await again.page.goto(server.url);
  await expect(again.page.getByRole("alert").filter({ hasText: "These words do not let you in any more" })).toBeVisible();
  await expect(again.page.getByText("removed Porchlight's data")).toBeHidden();
  await again.leave();
});

test("A4, E27: a circle that was begun after the words were made asks on Now for the words, once", async () => {
  const { page } = rosa;
  const words = (await makeWords(rosa)).join(" ");
  await page.getByRole("link", { name: "Back" }).first().click();
  await rosa.go("Now");
  await rosa.go("Group");
  await page.getByRole("button", { name: "New circle" }).click();
  await page.getByRole("dialog").getByLabel("What is the circle called?").fill("Night watch");
  await page.getByRole("dialog").getByRole("button", { name: "Make the circle" }).click();
  await page.getByLabel("Link from the person who runs the server").fill(server.startLink);
  await page.getByRole("dialog").getByRole("button", { name: "Make the circle" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await rosa.go("Now");
  await page.getByRole("link", { name: /^Night watch: your words do not count there yet\./ }).click();
  await page.getByLabel("The twelve words").fill(words);
  await page.getByRole("button", { name: "Let my words count there too" }).click();
  await expect(page.getByText("Night watch: your words bring you back.")).toBeVisible({ timeout: 40_000 });
  await page.getByRole("link", { name: "Back" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await expect(page.getByRole("link", { name: /your words do not count/ })).toHaveCount(0);
});
