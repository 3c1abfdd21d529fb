// A series that is changed again, ended, or changed in a week to come: each day has the date that it should, once.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";
import { addShift, card, dayFromToday } from "../watch";

let server: Server;
let rosa: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  await addShift(rosa, { title: "Dog walk", day: dayFromToday(1), from: "15:00", to: "16:00", needs: 2, repeat: "Every day" });
  await rosa.go("Shifts");
});
test.afterEach(() => leave({ server, rosa }));

/** Opens the so manieth date that is listed, and gives all after it other hours. */
async function changeFrom(date: number, from: string, to: string): Promise<void> {
  await card(rosa, "Dog walk").nth(date).getByRole("heading").getByRole("link").click();
  await rosa.page.getByRole("link", { name: "Change" }).click();
  await rosa.page.getByLabel("This and all after it").check();
  await rosa.page.getByLabel("From", { exact: true }).fill(from);
  await rosa.page.getByLabel("Until", { exact: true }).fill(to);
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Shifts" })).toBeVisible();
}

test("B10: a series that is changed from a later date, and then from an earlier one, has no date twice", async () => {
  // From tomorrow until the Saturday of the next week.
  const dates = 13 - new Date(`${dayFromToday(0)}T00:00Z`).getUTCDay();
  await expect(card(rosa, "Dog walk")).toHaveCount(dates);
  await changeFrom(4, "15:30", "16:30");
  await rosa.go("Shifts");
  await expect(card(rosa, "Dog walk").filter({ hasText: "3:30 PM – 4:30 PM" })).toHaveCount(dates - 4);
  await changeFrom(1, "15:15", "16:15");
  await rosa.go("Shifts");
  await expect(card(rosa, "Dog walk").filter({ hasText: "3:15 PM – 4:15 PM" })).toHaveCount(dates - 1);
  await expect(card(rosa, "Dog walk")).toHaveCount(dates);
  await expect(card(rosa, "Dog walk").first()).toContainText("3:00 PM – 4:00 PM");
});

test("B10: a series that was ended stays so when the hours of an earlier date are changed", async () => {
  await card(rosa, "Dog walk").nth(4).getByRole("heading").getByRole("link").click();
  await rosa.page.getByRole("button", { name: "Cancel the shift" }).click();
  await rosa.page.getByRole("button", { name: "End the series from this date on" }).click();
  await expect(rosa.page.getByRole("dialog")).toBeHidden();
  await rosa.go("Shifts");
  await expect(card(rosa, "Dog walk")).toHaveCount(4);
  await changeFrom(1, "13:15", "14:15");
  await rosa.go("Shifts");
  await expect(card(rosa, "Dog walk").filter({ hasText: "1:15 PM – 2:15 PM" })).toHaveCount(3);
  await expect(card(rosa, "Dog walk")).toHaveCount(4);
});

test("B10: after a change of a series in a week to come that week is shown, and what was replaced is not offered again", async () => {
  const { page } = rosa;
  await page.getByRole("button", { name: "A week later" }).click();
  await page.getByRole("button", { name: "A week later" }).click();
  const weeks = page.getByRole("navigation", { name: "Which weeks" }).getByRole("paragraph");
  await expect(card(rosa, "Dog walk")).toHaveCount(14);
  const shown = await weeks.innerText();
  await changeFrom(2, "15:30", "16:30");
  await expect(weeks).toHaveText(shown);
  await expect(card(rosa, "Dog walk").filter({ hasText: "3:30 PM – 4:30 PM" })).toHaveCount(12);
  await page.goBack();
  await expect(page.getByText("This shift does not take place any more.")).toBeVisible();
  await expect(page.getByRole("button", { name: "It takes place after all" })).toBeHidden();
});

test("B9: whoever comes, without a network, to a date whose series gets other hours meanwhile is asked there", async ({ browser }) => {
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Shifts");
  await expect(card(ben, "Dog walk").first()).toBeVisible();
  await ben.appIsKept();
  await ben.page.close();
  await ben.context.setOffline(true);
  await ben.open(server);
  await ben.cannotReach();
  await ben.go("Shifts");
  await card(ben, "Dog walk").first().getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Dog walk").first()).toContainText("Waiting to send, not confirmed yet");
  await rosa.go("Shifts");
  await changeFrom(0, "17:00", "18:00");
  await rosa.isSent();
  await ben.context.setOffline(false);
  await ben.go("Now");
  const asked = card(ben, "Dog walk").filter({ hasText: "Now it is" });
  await expect(asked).toContainText(/It was .*3:00 PM/);
  await expect(asked).toContainText(/Now it is .*5:00 PM/);
  await expect(ben.page.getByText("This shift does not take place any more.")).toBeHidden();
  await asked.getByRole("button", { name: "Yes, I still come" }).click();
  await expect(card(ben, "Dog walk").first()).toContainText("You are in.");
  for (const person of [rosa, ben]) {
    await person.go("Shifts");
    await expect(card(person, "Dog walk").filter({ hasText: "3:00 PM" })).toHaveCount(0);
    await expect(card(person, "Dog walk").first()).toContainText("1 of 2");
  }
});
