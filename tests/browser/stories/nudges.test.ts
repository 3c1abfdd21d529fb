// Reminders while the app is open: three days, a day and two hours before a shift, and without a word when it is locked.

import { expect, test } from "@playwright/test";
import { PHONE } from "../chromium";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, around, card } from "../watch";

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

/** How a time within the next days is told: "6:00 PM" today, else "Tue 6:00 PM". */
function told(time: number, now: number): string {
  const written = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { ...options, timeZone: PHONE.timezoneId });
  const day = written({ dateStyle: "short" });
  const weekday = day.format(time) === day.format(now) ? {} : ({ weekday: "short" } as const);
  return plain(written({ ...weekday, hour: "numeric", minute: "2-digit" }).format(time));
}

/** Browsers write times with spaces of their own. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** A phone whose owner allows notifications: collects what the app asks it to show. Not every Chromium has a system to ask. */
async function notificationsOf({ page }: Person): Promise<string[]> {
  const shown: string[] = [];
  await page.exposeFunction("isShownOutside", (text: string) => shown.push(plain(text)));
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
  const lacking = `${told(start, start - 72 * HOUR_MS)}: Night watch. Nobody yet`;
  await expect(bar).toContainText(lacking);
  await expect.poll(() => shown).toEqual([`Porchlight: ${lacking}`]);
  await bar.getByRole("button", { name: "Close" }).click();
  await atTime(rosa, start - 71 * HOUR_MS);
  await expect(bar).toBeHidden();

  // The gap is gone: from now on it is my own shift that one is reminded of.
  await page.getByRole("main").getByRole("link", { name: "Back" }).click();
  await rosa.go("Shifts");
  await page.getByRole("button", { name: /^I come/ }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await atTime(rosa, start - 24 * HOUR_MS);
  await expect(bar).toContainText(`${told(start, start - 24 * HOUR_MS)}: your shift Night watch`);
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
  const mine = `${told(start, start - 2 * HOUR_MS)}: your shift Night watch`;
  // That of the day before, which names the weekday; this one does only where midnight is between.
  const ofMine = () => shown.filter((text) => text.endsWith(": your shift Night watch"));
  expect(ofMine()).toEqual([`Porchlight: ${told(start, start - 24 * HOUR_MS)}: your shift Night watch`]);
  // Nobody could read what it was about: that is told once somebody can.
  await page.getByLabel("PIN", { exact: true }).fill(PIN);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await expect(bar).toContainText(mine);
  await expect.poll(ofMine).toHaveLength(2);
  expect(ofMine().at(-1)).toBe(`Porchlight: ${mine}`);
});

test("B13: a reminder says when the shift begins, stays in all tabs until it is closed, over a reload too, and goes once it began", async () => {
  test.setTimeout(120_000);
  const { page } = rosa;
  const start = Math.floor((Date.now() + 100 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  await addShift(rosa, { title: "Night watch", ...around(100, 102), needs: 1 });
  await page.getByRole("button", { name: /^I come/ }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await addShift(rosa, { title: "Late patrol", ...around(102, 104), needs: 1 });
  await rosa.isSent();
  await page.clock.install();
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByLabel("Remind me of my shifts").check();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("porchlight-nudged"))).not.toBeNull();
  await page.getByRole("main").getByRole("link", { name: "Back" }).click();
  const bar = page.getByRole("complementary", { name: "Reminders" });

  await atTime(rosa, start - 2 * HOUR_MS);
  const mine = `${told(start, start - 2 * HOUR_MS)}: your shift Night watch`;
  const lacking = `${told(start + 2 * HOUR_MS, start - 2 * HOUR_MS)}: Late patrol. Nobody yet`;
  await expect(bar.getByRole("listitem")).toHaveText([mine, lacking]);
  // What it is about is not to be read behind the lock of the app.
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/Night watch|Late patrol/);
  await page.reload();
  await expect(bar.getByRole("listitem")).toHaveText([mine, lacking]);

  const second = await rosa.secondTab();
  await second.open(server);
  const other = second.page.getByRole("complementary", { name: "Reminders" });
  await expect(other.getByRole("listitem")).toHaveText([mine, lacking]);
  await other.getByRole("listitem").filter({ hasText: "Late patrol" }).getByRole("button", { name: "Close" }).click();
  await expect(other.getByRole("listitem")).toHaveText([mine]);
  await expect(bar.getByRole("listitem")).toHaveText([mine]);
  await second.page.close();

  await atTime(rosa, start - HOUR_MS / 2);
  await expect(bar.getByRole("listitem")).toHaveText([`${told(start, start - HOUR_MS / 2)}: your shift Night watch`]);
  await atTime(rosa, start);
  await expect(bar.getByRole("listitem")).toHaveText([`${told(start + 2 * HOUR_MS, start)}: Late patrol. Nobody yet`]);
  // Nothing is missing any more.
  await rosa.go("Shifts");
  await card(rosa, "Late patrol").getByRole("button", { name: /^I come/ }).click();
  await expect(card(rosa, "Late patrol").getByText("You are in.")).toBeVisible();
  await atTime(rosa, start + HOUR_MS / 10);
  await expect(bar).toBeHidden();
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
