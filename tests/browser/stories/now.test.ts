// Now: what waits for my answer, also decisions and newcomers, and what has not been sent.

import { expect, test, type Locator } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, card, dayFromToday } from "../watch";

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
  await rosa.appIsKept();
  await ben.appIsKept();
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

async function middle(button: Locator): Promise<[number, number]> {
  const { x = 0, y = 0, width = 0, height = 0 } = (await button.boundingBox()) ?? {};
  return [x + width / 2, y + height / 2];
}

test("B15: a shift that I give up on Now stays where it was, and a second tap does not give up the next one", async () => {
  const { page } = rosa;
  for (const [title, days] of [["Door watch", 2], ["School gate", 3], ["Night watch", 4]] as const) {
    await addShift(rosa, { title, day: dayFromToday(days), from: "18:00", to: "20:00", needs: 1 });
    if (title === "Night watch") continue;
    await page.getByRole("button", { name: /^I come/ }).click();
    await expect(page.getByText("You are in.")).toBeVisible();
  }
  await rosa.go("Now");
  const leave = page.getByRole("button", { name: /^I cannot come.*Door watch/ });
  await leave.hover();
  const spot = await middle(leave);
  // No moment passes between the taps.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
  await page.mouse.click(...spot);
  const weekday = new Intl.DateTimeFormat("en-US", { weekday: "long", timeZone: "UTC" }).format(Date.parse(dayFromToday(2)));
  await expect(page.getByText(`You do not come on ${weekday}`)).toBeVisible();
  await expect(page.getByRole("region", { name: "Shift" }).locator("[aria-busy]")).toHaveAttribute("aria-busy", "false");
  await page.mouse.click(...spot);
  await page.mouse.click(...(await middle(page.getByRole("button", { name: /^I can come after all/ }))));
  await rosa.isSent();
  await expect(page.getByRole("link", { name: "Door watch", exact: true })).toBeVisible();
  await expect(page.getByRole("list", { name: "There is room here too:" }).getByRole("link", { name: /^Night watch/ })).toBeVisible();
  await rosa.go("Shifts");
  await expect(card(rosa, "Door watch")).toContainText("You do not come on");
  await expect(card(rosa, "School gate")).toContainText("You are in.");

  // It can be undone there, and a next visit shows what is next.
  await page.clock.resume();
  await rosa.go("Now");
  await page.getByRole("button", { name: /^I cannot come.*School gate/ }).click();
  await page.getByRole("button", { name: /^I can come after all/ }).click();
  await expect(page.getByRole("region", { name: "My next shift" })).toContainText("You are in.");
});

test("B8: who became standby is told so on Now, by whose name, and offered what else has room", async () => {
  await addShift(rosa, { title: "Night watch", day: dayFromToday(2), from: "20:00", to: "23:00", needs: 1 });
  await addShift(rosa, { title: "School gate", day: dayFromToday(3), from: "07:00", to: "08:00", needs: 1 });
  await rosa.isSent();
  await ben.go("Shifts");
  await expect(card(ben, "Night watch")).toBeVisible();
  await rosa.go("Shifts");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  for (const person of [rosa, ben]) {
    await person.cannotReach();
    await card(person, "Night watch").getByRole("button", { name: "I come" }).click();
    await expect(card(person, "Night watch")).toContainText("Waiting to send, not confirmed yet");
    await person.go("Now");
  }
  await server.startAgain();
  for (const person of [rosa, ben]) await person.isSent();
  const isSecond = (person: Person) => person.page.getByText(/was there first for the last place/).isVisible();
  await expect.poll(async () => (await isSecond(rosa)) || (await isSecond(ben))).toBe(true);
  const [first, second] = (await isSecond(rosa)) ? [ben, rosa] : [rosa, ben];
  await expect(card(second, "Night watch")).toContainText(`${first.name} was there first for the last place. You are standby 1.`);
  await expect(card(second, "Night watch").getByRole("link", { name: /^School gate/ })).toBeVisible();
  await expect(second.page.getByText("Nothing waits for you.")).toBeHidden();
  await expect(first.page.getByRole("region", { name: "My next shift" })).toContainText("You are in.");
});

test("A2: a phone that cannot know all that is planned does not say that nothing is", async () => {
  const { page } = ben;
  await ben.go("Now");
  await expect(page.getByText("You have no shift in the next two weeks.")).toBeVisible();
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  const more = page.getByText("There may be more: it cannot reach the group now.");
  await expect(more).toBeVisible();
  await expect(page.getByText("Nothing waits for you.")).toBeHidden();
  await ben.go("Shifts");
  await expect(more).toBeVisible();
  await expect(page.getByText("Nothing is planned")).toBeHidden();
  await page.goto(`${page.url()}/gaps`);
  await expect(more).toBeVisible();
  await server.startAgain();
  await expect(page.getByText("Nothing is missing in the next 14 days.")).toBeVisible();
});
