// One group goes off a phone, and the others stay: one that was left, or one that nobody else is in. And people of one name.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

/** Joins Elm Street under a name that is taken. */
async function comeIn(other: Person): Promise<void> {
  await other.page.goto(await rosa.invite());
  await other.page.getByLabel("What should the others call you?").fill(other.name);
  await other.page.getByRole("button", { name: "Join the group" }).click();
  await expect(other.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await other.isSent();
}

test("E27: a group that one left goes off the phone after a question, and nothing is said to be lost", async () => {
  const { page } = ben;
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.isSent();
  // Begun, and never saved.
  await ben.go("Contacts");
  await page.getByRole("link", { name: "Add", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Mr. Osei");
  await expect.poll(() => ben.draftText()).toContain("Mr. Osei");
  await ben.go("Group");
  await page.getByRole("link", { name: "Look after the group" }).click();
  await expect(page.getByRole("button", { name: "Take Elm Street off this phone" })).toBeHidden();
  await page.getByRole("button", { name: "Leave Elm Street" }).click();
  await page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(page.getByRole("heading", { name: "You left this group" })).toBeVisible();
  await page.getByRole("button", { name: "Take Elm Street off this phone" }).click();
  await expect(page.getByRole("dialog")).toContainText("The others keep theirs.");
  await expect(page.getByRole("dialog")).toContainText("All that you wrote here was sent.");
  await expect(page.getByRole("dialog")).toContainText("What you typed and never saved goes with it.");
  // All of it, and not the contacts alone.
  await page.getByRole("link", { name: "Save it as a file first" }).click();
  await expect(page.locator("div:focus")).toContainText("Everything in one file");
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await ben.go("Group");
  await page.getByRole("button", { name: "Take Elm Street off this phone" }).click();
  await page.getByRole("button", { name: "Yes, take it off" }).click();
  await expect(page.getByRole("heading", { name: "Neighbors, ready for each other" })).toBeVisible();
  expect(await ben.entryCount()).toBeLessThan(3);
  expect(await ben.draftText()).not.toContain("Mr. Osei");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Neighbors, ready for each other" })).toBeVisible();
  await expect(page.getByText("Your phone's browser removed")).toBeHidden();
  await rosa.openContact("Mrs. Tran");
  // And may come in again.
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.openContact("Mrs. Tran");
});

test("E27: a group made by mistake, with nobody else in it, goes off the phone and the other one stays", async () => {
  const { page } = ben;
  await page.goto(server.startLink);
  await ben.foundHere("By mistake");
  await page.getByRole("link", { name: "Look after the group" }).click();
  await expect(page.getByText("You are the only one in this group")).toBeVisible();
  await expect(page.getByRole("button", { name: "Leave By mistake" })).toBeHidden();
  // Also where another tab shows it.
  const tab = await ben.secondTab();
  await tab.page.goto(page.url());
  await expect(tab.page.getByRole("heading", { level: 1, name: "Look after the group" })).toBeVisible();
  await page.getByRole("button", { name: "Take By mistake off this phone" }).click();
  await expect(page.getByRole("dialog")).toContainText("gone for good");
  await page.getByRole("button", { name: "Yes, take it off" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await expect(tab.page.getByText("This phone is not in that group")).toBeVisible();
  await tab.page.close();
  await page.getByRole("button", { name: "Elm Street" }).click();
  await expect(page.getByRole("dialog")).not.toContainText("By mistake");
  await page.getByRole("button", { name: "Close" }).click();
  await ben.isSent();
});

test("E26: two people of one name are told apart, and the second is told so", async ({ browser }) => {
  const other = await Person.with(browser, "Rosa");
  await comeIn(other);
  await expect(other.page.getByText("There is a Rosa in this group already. Add a letter of your last name")).toBeVisible();
  await rosa.go("Group");
  const rosas = rosa.page.getByRole("button", { name: /^Rosa \(since .+\)/ });
  await expect(rosas).toHaveCount(2);
  expect(await rosas.nth(0).textContent()).not.toBe(await rosas.nth(1).textContent());
  await expect(rosa.page.getByText("There is a Rosa in this group already.")).toBeHidden();
  await rosas.nth(1).click();
  await expect(rosa.page.getByRole("button", { name: /^Remove Rosa \(since .+\) from the group$/ })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Close" }).click();

  await other.page.getByRole("link", { name: "Your name in this group" }).click();
  await other.page.getByLabel("Your name in this group").fill("Rosa T.");
  await other.page.getByRole("button", { name: "Save my name" }).click();
  await other.isSent();
  await expect(rosa.page.getByRole("button", { name: /^Rosa \(you\)/ })).toBeVisible();
  await other.go("Now");
  await expect(other.page.getByText("There is a Rosa in this group already.")).toBeHidden();
  await other.leave();
});

test("D23: a task stays with its owner under another name, and is nobody's in silence where the name is two people's", async ({ browser }) => {
  await rosa.go("Notes");
  await rosa.page.getByRole("button", { name: "Empty note" }).click();
  await rosa.page.getByLabel("Text", { exact: true }).fill("- [ ] walk the dog @Ben\n- [ ] feed the cat @Rosa");
  await rosa.page.getByRole("button", { name: "Done writing" }).click();
  await rosa.isSent();
  await ben.go("Group");
  await ben.page.getByRole("link", { name: "Names and time zone" }).click();
  await ben.page.getByLabel("Your name in this group").fill("Benedict");
  await ben.page.getByRole("button", { name: "Save my name" }).click();
  await ben.isSent();
  await ben.go("Notes");
  await ben.page.getByRole("link", { name: "Tasks", exact: true }).click();
  const mine = (person: Person) => person.page.locator("section").filter({ has: person.page.getByRole("heading", { name: "Mine" }) });
  await expect(mine(ben)).toContainText("walk the dog");
  await expect(mine(ben)).toContainText("Ben (now Benedict)");

  const other = await Person.with(browser, "Rosa");
  await comeIn(other);
  for (const person of [rosa, other]) {
    await person.go("Notes");
    await person.page.getByRole("link", { name: "Tasks", exact: true }).click();
    await expect(mine(person)).toContainText("several people are or were called so");
  }
  await other.leave();
});
