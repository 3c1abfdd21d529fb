// Shifts: taking and leaving places with and without a network, moved and cancelled ones, series, clashes, the night on
// which clocks change, and the keyboard.

import { expect, test, type Locator } from "@playwright/test";
import { Person, SENT } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, card, dayFromToday, nextClockChange, openShift } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("B7: one tap takes a place and one tap leaves it, without a network too", async () => {
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Door watch")).toContainText("You are in.");
  await expect(card(ben, "Door watch")).toContainText("1 of 2");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await rosa.go("Shifts");
  await rosa.cannotReach();
  await card(rosa, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(rosa, "Door watch")).toContainText("Waiting to send, not confirmed yet");
  await card(ben, "Door watch").getByRole("button", { name: "I cannot come" }).click();
  await expect(card(ben, "Door watch")).toContainText("Waiting to send: you do not come on ");
  await server.startAgain();
  await expect(card(rosa, "Door watch")).toContainText("You are in.");
  await expect(card(ben, "Door watch")).toContainText("You do not come on ");
  await expect(card(ben, "Door watch")).toContainText("Rosa");
});

test("B8: of two who take the last place offline one is confirmed, the other is standby, told by whom, and asked later", async () => {
  await addShift(rosa, { title: "Night watch", day: dayFromToday(2), from: "20:00", to: "06:00", needs: 1 });
  await rosa.isSent();
  await ben.go("Shifts");
  await expect(card(ben, "Night watch")).toBeVisible();
  await rosa.go("Shifts");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await ben.cannotReach();
  for (const person of [rosa, ben]) {
    await card(person, "Night watch").getByRole("button", { name: "I come" }).click();
    await expect(card(person, "Night watch")).toContainText("Waiting to send, not confirmed yet");
  }
  await server.startAgain();
  const full = "1 of 1 + 1 standby";
  await expect(card(rosa, "Night watch")).toContainText(full);
  await expect(card(ben, "Night watch")).toContainText(full);
  const rosaIsIn = await card(rosa, "Night watch").getByText("You are in.").isVisible();
  const [first, second] = rosaIsIn ? [rosa, ben] : [ben, rosa];
  await expect(card(second, "Night watch")).toContainText(`${first.name} was there first for the last place. You are standby 1.`);
  await card(first, "Night watch").getByRole("button", { name: "I cannot come" }).click();
  await expect(card(second, "Night watch")).toContainText("A place became free. Do you take it?");
  await card(second, "Night watch").getByRole("button", { name: "Yes, I take it" }).click();
  await expect(card(second, "Night watch")).toContainText("You are in.");
});

/** Ben signs up for deliveries from 10:00 to 12:00, and Rosa moves them. */
async function moveDeliveries(from: string, to: string): Promise<void> {
  await addShift(rosa, { title: "Deliveries", day: dayFromToday(3), from: "10:00", to: "12:00", needs: 1 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Deliveries").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Deliveries")).toContainText("You are in.");
  await rosa.page.getByRole("link", { name: "Change" }).click();
  await rosa.page.getByLabel("From", { exact: true }).fill(from);
  await rosa.page.getByLabel("Until", { exact: true }).fill(to);
  await rosa.page.getByRole("button", { name: "Save" }).click();
}

test("B9: who signed up for a shift that moved is asked, and a cancelled one stays visible, struck through", async () => {
  await moveDeliveries("14:00", "16:00");
  await expect(card(ben, "Deliveries")).toContainText(/It was .*10:00 AM – 12:00 PM/);
  await expect(card(ben, "Deliveries")).toContainText(/Now it is .*2:00 PM – 4:00 PM/);
  await expect(card(ben, "Deliveries")).toContainText("0 of 1 + 1 asked");
  await card(ben, "Deliveries").getByRole("button", { name: "Yes, I still come" }).click();
  await expect(card(ben, "Deliveries")).toContainText("You are in.");

  await rosa.page.getByRole("button", { name: "Cancel the shift" }).click();
  await rosa.page.getByLabel("Why? (optional)").fill("Heavy snow");
  await rosa.page.getByRole("button", { name: "Cancel this date" }).click();
  await expect(card(ben, "Deliveries")).toContainText("Cancelled: Heavy snow");
  await expect(card(ben, "Deliveries").getByRole("link", { name: "Deliveries" })).toHaveCSS("text-decoration-line", "line-through");
  const who = rosa.page.getByRole("region", { name: "Who was to come" });
  await expect(who).toContainText("Ben");
  await expect(who).not.toContainText("Comes");
  await expect(rosa.page.getByRole("button", { name: "Write a hand-over" })).toBeHidden();
  // Ben may have made other plans: he is asked, and does not count before he answers.
  await rosa.page.getByRole("button", { name: "It takes place after all" }).click();
  await expect(card(ben, "Deliveries")).toContainText("It was cancelled, and takes place after all. Are you still coming?");
  await expect(card(ben, "Deliveries")).toContainText("0 of 1 + 1 asked");
  await card(ben, "Deliveries").getByRole("button", { name: "Yes, I still come" }).click();
  await expect(card(ben, "Deliveries")).toContainText("1 of 1");
});

test("B9: less than five minutes' change asks nobody anything", async () => {
  await moveDeliveries("10:04", "12:04");
  await expect(card(ben, "Deliveries")).toContainText("10:04 AM – 12:04 PM");
  await expect(card(ben, "Deliveries")).toContainText("You are in.");
  await expect(card(ben, "Deliveries")).toContainText("1 of 1");
  await expect(card(ben, "Deliveries")).not.toContainText("It was");
});

/** Everyday shifts of Rosa's, in the second of which Ben is; she changes when they end, and is asked about it. */
async function dispatchWithBen(): Promise<Locator> {
  await addShift(rosa, { title: "Dispatch", day: dayFromToday(1), from: "18:00", to: "19:00", needs: 1, repeat: "Every day" });
  await rosa.isSent();
  await ben.go("Shifts");
  await expect(card(ben, "Dispatch").nth(3)).toBeVisible();
  await card(ben, "Dispatch").nth(1).getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Dispatch").nth(1)).toContainText("You are in.");
  await ben.isSent();
  await rosa.go("Shifts");
  await expect(card(rosa, "Dispatch").nth(1)).toContainText("Ben");
  await card(rosa, "Dispatch").nth(0).getByRole("link").click();
  await rosa.page.getByRole("link", { name: "Change" }).click();
  await rosa.page.getByLabel("This and all after it").check();
  await rosa.page.getByLabel("Until", { exact: true }).fill("21:00");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  const question = rosa.page.getByRole("dialog", { name: "1 date already has people" });
  await expect(question.getByRole("listitem")).toContainText("Ben");
  return question;
}

test("B10: dates that have people can stay as they are while the others change", async () => {
  const question = await dispatchWithBen();
  await question.getByRole("button", { name: "Keep these dates as they are" }).click();
  await expect(question).toBeHidden();
  await expect(card(ben, "Dispatch").filter({ hasText: "6:00 PM – 9:00 PM" }).first()).toBeVisible();
  const kept = card(ben, "Dispatch").filter({ hasText: "6:00 PM – 7:00 PM" });
  await expect(kept).toHaveCount(1);
  await expect(kept).toContainText("You are in.");
});

test("B10: dates that have people can be cancelled, and they are told", async () => {
  const question = await dispatchWithBen();
  await question.getByRole("button", { name: "Cancel them, and tell the people" }).click();
  await expect(question).toBeHidden();
  const cancelled = card(ben, "Dispatch").filter({ hasText: "6:00 PM – 7:00 PM" });
  await expect(cancelled).toHaveCount(1);
  await expect(cancelled).toContainText("Cancelled");
  await expect(card(ben, "Dispatch").filter({ hasText: "6:00 PM – 9:00 PM" }).first()).toBeVisible();
  // Told where one looks first, too.
  await ben.go("Now");
  await expect(ben.page.getByRole("main")).toContainText("Cancelled");
});

test("B10: changing a series lists the dates that have people and asks what is to become of them", async () => {
  const question = await dispatchWithBen();
  await question.getByRole("button", { name: "Move them, and ask the people" }).click();
  await expect(question).toBeHidden();
  // It is what Ben said yes to, at other hours.
  const moved = card(ben, "Dispatch").filter({ hasText: "This shift was moved. Are you still coming?" });
  await expect(moved).toContainText(/It was .*6:00 PM – 7:00 PM/);
  await expect(moved).toContainText(/Now it is .*6:00 PM – 9:00 PM/);
  await expect(moved).toContainText("0 of 1 + 1 asked");
  await ben.page.getByRole("button", { name: "Yes, I still come" }).click();
  await expect(card(ben, "Dispatch").filter({ hasText: "You are in." })).toContainText("6:00 PM – 9:00 PM");
  // The date that was replaced stays to be seen, and leads to the one instead.
  await expect(card(ben, "Dispatch").filter({ hasText: "Look at the one instead" })).toHaveCount(1);
});

test("B11: a clash across midnight is shown before the tap, and both can be kept on purpose", async () => {
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 2 });
  await addShift(rosa, { title: "Early bread", day: dayFromToday(2), from: "05:00", to: "07:00", needs: 2 });
  await addShift(rosa, { title: "School gate", day: dayFromToday(2), from: "06:00", to: "08:00", needs: 2 });
  await rosa.go("Shifts");
  await card(rosa, "Night watch").getByRole("button", { name: "I come" }).click();
  await expect(card(rosa, "Night watch")).toContainText("You are in.");
  await expect(card(rosa, "Early bread")).toContainText("At the same time as Night watch, where you come too.");
  await card(rosa, "Early bread").getByRole("button", { name: "I come, and keep both" }).click();
  await expect(card(rosa, "Early bread")).toContainText("You keep both: also Night watch.");
  // Back to back is no clash.
  await expect(card(rosa, "School gate")).toContainText("At the same time as Early bread");
  await expect(card(rosa, "School gate")).not.toContainText("Night watch");
});

test("B12: the night on which clocks change says its real length, and a phone elsewhere shows both times", async ({ browser }) => {
  const night = nextClockChange("America/Chicago");
  await addShift(rosa, { title: "Night watch", day: night.dayBefore, from: "20:00", to: "06:00", needs: 2 });
  await expect(rosa.page.locator("main")).toContainText("8:00 PM – 6:00 AM");
  await expect(rosa.page.locator("main")).toContainText(night.back ? "11 h, clocks go back" : "9 h, clocks go forward");
  await expect(rosa.page.locator("main")).not.toContainText("On this phone's clock");
  await rosa.isSent();
  const ana = await Person.with(browser, "Ana", { timezoneId: "Asia/Kolkata" });
  await ana.join(await rosa.invite(), "Elm Street");
  await ana.page.goto(`${server.url}/${new URL(rosa.page.url()).hash.split("/shifts")[0]}`);
  await openShift(ana, "Night watch", night.dayBefore);
  await expect(ana.page.locator("main")).toContainText("8:00 PM – 6:00 AM");
  await expect(ana.page.locator("main")).toContainText(/On this phone's clock: .*(6:30|7:30) AM/);
  await ana.leave();
});

test("B13: a month at a glance leads to the shifts of a day", async () => {
  const day = dayFromToday(20);
  await addShift(rosa, { title: "Night watch", day, from: "20:00", to: "06:00", needs: 2 });
  await rosa.go("Shifts");
  await rosa.page.getByRole("link", { name: "Month", exact: true }).click();
  const name = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric", timeZone: "UTC" }).format(Date.parse(day));
  const cell = rosa.page.getByRole("link", { name: new RegExp(`${name}, 1 shift, 1 with room`) });
  await expect(rosa.page.getByRole("cell").nth(27)).toBeVisible();
  // It may be in the next month already, or in both where weeks overlap.
  if ((await rosa.page.getByRole("link", { name: new RegExp(`${name},`) }).count()) === 0) await rosa.page.getByRole("button", { name: "Later" }).click();
  await cell.click();
  await expect(card(rosa, "Night watch")).toBeVisible();
});

test("B7: by keyboard alone: sign up and leave", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2 });
  await page.getByRole("navigation", { name: "Parts of the group" }).getByRole("link", { name: "Shifts" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Shifts" })).toBeVisible();
  const tabTo = async (name: string) => {
    for (let step = 0; step < 40; step++) {
      if ((await page.evaluate(() => document.activeElement?.closest("a, button")?.textContent ?? "")).includes(name)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await expect(card(rosa, "Door watch")).toBeVisible();
  await tabTo("I come");
  await page.keyboard.press("Enter");
  await expect(card(rosa, "Door watch")).toContainText("You are in.");
  await tabTo("I cannot come");
  await page.keyboard.press("Space");
  await expect(card(rosa, "Door watch")).toContainText("You do not come on ");
});

test("E25: a neighborhood watch begins with a day watch, every other Sunday's night from 20:00 to 08:00, and a phone duty", async ({ browser }) => {
  const ana = await Person.with(browser, "Ana");
  await ana.page.goto(server.startLink);
  await ana.page.getByLabel("Neighborhood watch").check();
  await ana.foundHere("Willow Watch");
  await ana.go("Shifts");
  await expect(card(ana, "Day watch").first()).toContainText("8:00 AM – 8:00 PM");
  await expect(card(ana, "Phone duty").first()).toContainText("6:00 PM – 10:00 PM");
  // In two weeks one Sunday has a night, whichever day today is, and it ends on the Monday.
  await expect(card(ana, "Night watch")).toHaveCount(1);
  await expect(card(ana, "Night watch")).toContainText(/8:00 PM – 8:00 AM/);
  await card(ana, "Night watch").getByRole("link", { name: "Night watch" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await expect(ana.page.locator(".when")).toContainText(/^Sun, .*8:00 PM – 8:00 AM \(Mon\)/);
  await ana.leave();
});

test("E25: a group starts from a template, and one can be used later as well", async ({ browser }) => {
  const ana = await Person.with(browser, "Ana");
  await ana.page.goto(server.startLink);
  await ana.page.getByLabel("School team").check();
  await ana.foundHere("Lincoln School");
  await ana.go("Shifts");
  await expect(card(ana, "Arrival").first()).toContainText("7:30 AM – 8:30 AM");
  await expect(card(ana, "Dismissal").first()).toContainText("School gate");
  await ana.page.getByRole("link", { name: "Use a template" }).click();
  await ana.page.getByLabel("Mutual-aid pod").check();
  await ana.page.getByRole("button", { name: "Add these shifts" }).click();
  await expect(card(ana, "Deliveries").first()).toContainText("0 of 3");
  await expect(ana.status).toHaveText(SENT);
  // Once more: what is here is said, and nothing comes twice.
  await ana.page.getByRole("link", { name: "Use a template" }).click();
  await ana.page.getByLabel("Mutual-aid pod").check();
  await ana.page.getByRole("button", { name: "Add these shifts" }).click();
  await expect(ana.page.getByText(/^Shifts with these names are here already: .*Deliveries/)).toBeVisible();
  await expect(ana.page.getByRole("button", { name: "Add only what is missing" })).toHaveCount(0);
  await expect(ana.page.getByRole("button", { name: "Add all of them once more" })).toBeVisible();
  await ana.leave();
});
