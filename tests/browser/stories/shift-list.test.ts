// The list of shifts as a place that one leaves and comes back to, and what it says in the same words as other screens.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, card, dayFromToday } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
  await rosa.page.setViewportSize({ width: 360, height: 740 });
});
test.afterEach(() => leave({ server, rosa, ben }));

const scrolled = () => rosa.page.evaluate(() => scrollY);
const rounds = () => addShift(rosa, { title: "Evening rounds", day: dayFromToday(0), from: "22:00", to: "23:59", needs: 1, repeat: "Every day" });

test("B6: whoever comes back from a shift finds the weeks and the place in the list again", async () => {
  const { page } = rosa;
  await rounds();
  const weeks = page.getByRole("navigation", { name: "Weeks" }).getByRole("paragraph");
  await expect(weeks).toHaveText(/\d/);
  const now = await weeks.textContent();
  for (let week = 0; week < 2; week++) await page.getByRole("button", { name: "A week later" }).click();
  await expect(card(rosa, "Evening rounds")).toHaveCount(14);
  await expect(page.getByRole("link", { name: "Use a template" })).toBeVisible();
  const later = await weeks.textContent();
  expect(later).not.toBe(now);
  const opened = card(rosa, "Evening rounds").nth(9);
  for (const back of ["browser", "link"] as const) {
    // Once it takes taps: whoever tries before that scrolls about.
    await opened.getByRole("link").hover();
    await opened.evaluate((element) => element.scrollIntoView({ block: "center" }));
    const place = await scrolled();
    expect(place).toBeGreaterThan(500);
    await opened.getByRole("link").click();
    await expect(page.getByRole("heading", { level: 1, name: "Evening rounds" })).toBeVisible();
    if (back === "browser") await page.goBack();
    else await page.getByRole("link", { name: "All shifts" }).click();
    await expect(weeks).toHaveText(later ?? "");
    await expect.poll(async () => Math.abs((await scrolled()) - place)).toBeLessThan(10);
    await expect(opened).toBeInViewport();
  }
  // Through a tab it begins at today.
  await rosa.go("Now");
  await rosa.go("Shifts");
  await expect(weeks).toHaveText(now ?? "");
  expect(await scrolled()).toBe(0);
});

test("B10: after a series is saved the list begins at its top", async () => {
  const { page } = rosa;
  // With the keyboard up, as after typing: where all of the empty list fits, the browser goes to the top by itself.
  await page.setViewportSize({ width: 360, height: 250 });
  await rosa.go("Shifts");
  await page.getByRole("link", { name: "Add", exact: true }).click();
  await page.getByLabel("What is it called?").fill("Evening rounds");
  await page.getByLabel("Does it repeat?").selectOption("Every day");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect.poll(scrolled).toBeGreaterThan(50);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(card(rosa, "Evening rounds").nth(5)).toBeAttached();
  expect(await scrolled()).toBe(0);
});

test("B13: the list, Now and the screen of gaps count the same gaps, and say of which days", async () => {
  const { page } = rosa;
  await rounds();
  // As many as days: today's shift is not over before 23:59.
  const words = "14 gaps in the next 14 days";
  const link = page.getByRole("link", { name: words });
  await expect(link).toBeVisible();
  await page.getByRole("button", { name: "A week later" }).click();
  await expect(link).toBeVisible();
  await link.click();
  await expect(page.getByRole("heading", { level: 1, name: "Gaps" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(14);
  await rosa.go("Now");
  await expect(link).toBeVisible();
});

test("F32: printing shifts belongs to the shifts, and leads back to them", async () => {
  const { page } = rosa;
  await rounds();
  await page.getByRole("link", { name: "Print today's shifts" }).click();
  const tabs = page.getByRole("navigation", { name: "Parts of the group" });
  await expect(tabs.getByRole("link", { name: "Shifts" })).toHaveAttribute("aria-current", "page");
  await page.getByRole("link", { name: "Contact list" }).click();
  await expect(tabs.getByRole("link", { name: "Contacts" })).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("link", { name: "All contacts" })).toBeVisible();
  await page.getByRole("link", { name: "Sign-in sheet" }).click();
  await page.getByRole("link", { name: "All shifts" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Shifts" })).toBeVisible();
});

test("E27: a member who may only read is not sent to find a shift", async () => {
  await ben.go("Now");
  const find = ben.page.getByRole("link", { name: "Find one" });
  await expect(find).toBeVisible();
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByLabel("What may they do?").selectOption("reader");
  await rosa.page.getByRole("button", { name: "Save what they may do" }).click();
  await expect(find).toBeHidden();
  await expect(ben.page.getByText("You have no shift in the next two weeks.")).toBeVisible();
});

test("F29: from button to button and from link to link one hears on which day a shift is", async () => {
  const { page } = rosa;
  const days = [1, 2].map(dayFromToday);
  for (const day of days) await addShift(rosa, { title: "Day watch", day, from: "08:00", to: "20:00", needs: 1 });
  const told = (day: string) => new Intl.DateTimeFormat("en-US", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(Date.parse(day));
  await rosa.go("Shifts");
  for (const day of days) {
    await expect(page.getByRole("button", { name: new RegExp(`^I come ?: Day watch, ${told(day)}$`) })).toBeVisible();
    await expect(page.getByRole("link", { name: `Day watch ${told(day)}`, exact: true })).toBeVisible();
  }
  await page.getByRole("link", { name: "2 gaps" }).click();
  for (const day of days) await expect(page.getByRole("link", { name: new RegExp(`^Day watch ${told(day)}, ?8:00 AM – 8:00 PM`) })).toBeVisible();
});
