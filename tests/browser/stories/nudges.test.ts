// Reminders while the app is open: three days, a day and two hours before a shift, and without a word when it is locked.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, around } from "../watch";

const HOUR_MS = 3_600_000;
const PIN = "246810";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

/** Sets the page's clock, and lets the minute pass at which it looks at it. */
async function atTime({ page }: Person, time: number): Promise<void> {
  await page.clock.setSystemTime(time);
  await page.clock.fastForward(60_000);
}

/** A phone whose owner allows notifications: collects what the app asks it to show. Not every Chromium has a system to ask. */
async function notificationsOf({ page }: Person): Promise<string[]> {
  const shown: string[] = [];
  await page.exposeFunction("isShownOutside", (text: string) => shown.push(text));
  const listen = () => {
    Object.defineProperty(Notification, "permission", { get: () => "granted" });
    const { isShownOutside } = window as unknown as { isShownOutside: (text: string) => void };
    ServiceWorkerRegistration.prototype.showNotification = async (title, options) => isShownOutside(`${title}: ${options?.body}`);
  };
  await page.addInitScript(listen);
  await page.evaluate(listen);
  return shown;
}

test("B13: whoever asked for it is reminded 72, 24 and 2 hours before, once each, and without words when locked", async () => {
  test.setTimeout(120_000);
  const { page } = rosa;
  const shown = await notificationsOf(rosa);
  const start = Math.floor((Date.now() + 100 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const hours = around(100, 102);
  await addShift(rosa, { title: "Night watch", ...hours, needs: 1 });
  await page.clock.install();
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByLabel("Remind me of my shifts").check();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("porchlight-nudged"))).not.toBeNull();
  const bar = page.getByRole("complementary", { name: "Reminders" });

  await atTime(rosa, start - 73 * HOUR_MS);
  await expect(bar).toBeHidden();
  await atTime(rosa, start - 72 * HOUR_MS);
  await expect(bar).toContainText("In 72 hours: Night watch. Nobody yet");
  await expect.poll(() => shown).toEqual(["Porchlight: In 72 hours: Night watch. Nobody yet"]);
  await bar.getByRole("button", { name: "Close" }).click();
  await atTime(rosa, start - 71 * HOUR_MS);
  await expect(bar).toBeHidden();

  // The gap is gone: from now on it is my own shift that one is reminded of.
  await page.getByRole("main").getByRole("link", { name: "Back" }).click();
  await rosa.go("Shifts");
  await page.getByRole("button", { name: /^I come/ }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await atTime(rosa, start - 24 * HOUR_MS);
  await expect(bar).toContainText("In 24 hours: your shift Night watch");
  await bar.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await expect(bar).toBeHidden();

  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByRole("button", { name: "Set a PIN" }).click();
  await page.getByLabel("New PIN", { exact: true }).fill(PIN);
  await page.getByLabel("The new PIN again").fill(PIN);
  await page.getByRole("button", { name: "Use this PIN" }).click();
  await expect(page.getByText("The lock is on.")).toBeVisible();
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Lock now" }).click()]);
  await expect(page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
  await atTime(rosa, start - 2 * HOUR_MS);
  await expect(bar).toContainText("Something is coming up. Open the app to see it.");
  await expect.poll(() => shown).toContain("Porchlight: Something is coming up. Open the app to see it.");
  expect(shown.filter((text) => text.includes("In 2 hours"))).toEqual([]);
});

test("B13: nobody is reminded who did not ask for it", async () => {
  const { page } = rosa;
  const start = Math.floor((Date.now() + 100 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  await addShift(rosa, { title: "Night watch", ...around(100, 102), needs: 1 });
  await page.clock.install();
  await rosa.go("Now");
  await atTime(rosa, start - 2 * HOUR_MS);
  await expect(page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await expect(page.getByRole("complementary", { name: "Reminders" })).toBeHidden();
});
