// Now: what waits for my answer, also decisions and newcomers, and what has not been sent.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("D24: a decision that needs my answer is on Now until I gave it", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await page.getByRole("link", { name: "Decisions" }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByLabel("What is proposed or asked?").fill("Meet on Tuesdays");
  await page.getByRole("button", { name: "Ask everyone" }).click();
  await rosa.isSent();
  await ben.go("Now");
  const line = ben.page.getByRole("link", { name: /^Meet on Tuesdays/ });
  await expect(line).toBeVisible();
  await line.click();
  await ben.page.getByLabel("Agree", { exact: true }).check();
  await ben.page.getByRole("button", { name: "Give this answer" }).click();
  await ben.isSent();
  await ben.go("Now");
  await expect(ben.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await expect(line).toBeHidden();
});

test("A1: what has not been sent is counted on Now, and is gone from there once it was", async () => {
  await server.stop();
  await ben.cannotReach();
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.go("Now");
  await expect(ben.page.getByText("1 change is saved on this phone and goes out as soon as there is a network.")).toBeVisible();
  await server.startAgain();
  await ben.isSent();
  await expect(ben.page.getByRole("heading", { name: "Not sent yet" })).toBeHidden();
});

test("a screen that a tap opens begins at its top, wherever one had scrolled to", async () => {
  const { page } = rosa;
  await page.setViewportSize({ width: 360, height: 300 });
  await rosa.go("Group");
  const scrolled = () => page.evaluate(() => scrollY);
  // What stands on the screen comes in parts: down to where there is enough of it.
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, 400));
    expect(await scrolled()).toBeGreaterThan(300);
  }).toPass();
  await rosa.go("Shifts");
  await expect(page.getByRole("heading", { level: 1, name: "Shifts" })).toBeInViewport();
  expect(await scrolled()).toBe(0);
});
