// A list of 400 contacts on a phone: what can be done with it is at its top, a letter is two taps away, and whoever comes
// back from a contact finds the list as they left it.

import { expect, test, type Locator } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

const LIST = new URL("../../../examples/data/contacts-4.0.vcf", import.meta.url).pathname;

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  await rosa.preview(LIST);
  await rosa.page.getByRole("button", { name: "Import 400 contacts" }).click();
  await expect(rosa.page.getByText("400 added")).toBeVisible();
  await rosa.go("Contacts");
  await expect(rosa.page.getByText("400 contacts", { exact: true })).toBeVisible();
});
test.afterEach(() => leave({ server, rosa }));

/** How far something is from the top of the window. */
async function offset(what: Locator): Promise<number> {
  return what.evaluate((element) => Math.round(element.getBoundingClientRect().top));
}

function focused(person: Person): Locator {
  return person.page.locator(":focus");
}

test("C17, C21, C22: whatever can be done with a long list is two taps away, without scrolling", async () => {
  const { page } = rosa;
  for (const name of ["Import a list", "Export the list", "Phone tree", "Confirm yearly", "Find duplicates", "Print the list"]) {
    await rosa.go("Contacts");
    await page.getByText("Phone tree, import, print and more").tap();
    const link = page.getByRole("link", { name });
    expect(await offset(link), name).toBeLessThan(740 - 100);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await link.tap();
    await expect(page.getByRole("link", { name: "Add", exact: true })).toBeHidden();
  }
});

test("C17: a letter of a long list is two taps away, also from far down, and the keyboard goes on from there", async () => {
  const { page } = rosa;
  await expect(page.locator(".lines li")).toHaveCount(400);
  await page.mouse.wheel(0, 6_000);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(3_000);
  for (const letter of ["T", "B"]) {
    await page.getByRole("button", { name: "Go to a letter" }).tap();
    await page.getByRole("dialog").getByRole("button", { name: letter, exact: true }).tap();
    const heading = page.getByRole("heading", { level: 2, name: letter, exact: true });
    await expect(heading).toBeFocused();
    await expect.poll(() => offset(heading)).toBeGreaterThan(90);
    await expect.poll(() => offset(heading)).toBeLessThan(200);
  }
  await page.keyboard.press("Tab");
  await expect(focused(rosa)).toHaveText(/^B/);
});

test("C17: whoever comes back from a contact, changed or not, finds the list as they left it", async () => {
  const { page } = rosa;
  await page.getByRole("button", { name: "Go to a letter" }).tap();
  await page.getByRole("dialog").getByRole("button", { name: "T", exact: true }).tap();
  const lines = page.locator(".letter").filter({ has: page.getByRole("heading", { name: "T", exact: true }) }).getByRole("link");
  const ways: Record<string, () => Promise<unknown>> = {
    "the link": () => page.getByRole("link", { name: "All contacts" }).tap(),
    "the phone's button": () => page.goBack(),
    "a change": async () => {
      await rosa.change("Area", "5th and Elm");
      await page.getByRole("link", { name: "All contacts" }).tap();
    },
  };
  for (const [place, [way, back]] of Object.entries(ways).entries()) {
    const line = lines.nth(place + 1);
    const name = (await line.locator(".name").textContent()) ?? "";
    const before = await offset(line);
    await line.tap();
    const heading = page.getByRole("heading", { level: 1, name, exact: true });
    await expect(heading).toBeFocused();
    expect(await page.evaluate(() => scrollY), way).toBe(0);
    await back();
    await expect(line, way).toBeFocused();
    await expect.poll(async () => Math.abs((await offset(line)) - before), way).toBeLessThanOrEqual(2);
  }
  // In the place of who is taken off the list comes the next one.
  const top = await page.evaluate(() => scrollY);
  const next = (await lines.nth(2).locator(".name").textContent()) ?? "";
  await lines.nth(1).tap();
  await page.getByRole("button", { name: "Remove", exact: true }).tap();
  await page.getByRole("button", { name: "Remove for everyone" }).tap();
  await expect(page.getByText("399 contacts", { exact: true })).toBeVisible();
  await expect(focused(rosa).locator(".name")).toHaveText(next);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(top - 200);
});
