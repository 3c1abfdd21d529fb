// For everyone: the welcome screen is right too, and the keyboard alone is enough. Every other screen: everyone-*.test.ts.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { obeysAxe } from "../screens";
import { Server } from "../server";
import { addShift, dayFromToday } from "../watch";

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(() => server.remove());

test("F29: the welcome screen is right", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(server.url);
  await expect(ben.page.getByRole("heading", { level: 1 })).toBeVisible();
  await obeysAxe(ben.page, "welcome");
  await ben.leave();
});

test("F29: a group is started, an invitation made, and joined with the keyboard alone", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.page.goto(server.startLink);
  await rosa.focus(/^What is the group called\?/);
  await rosa.page.keyboard.type("Keyboard Road");
  await rosa.focus(/^What should the others call you\?/);
  await rosa.page.keyboard.type("Rosa");
  await rosa.press(/^Start the group$/);
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Keyboard Road" })).toBeVisible();
  await rosa.press(/^Invite people$/);
  await rosa.press(/^Make the invitation$/);
  await expect(rosa.page.getByLabel("Invitation link")).toBeVisible();
  const link = await rosa.page.getByLabel("Invitation link").inputValue();
  await rosa.press(/^Close$/);
  await expect(rosa.page.getByRole("dialog")).toBeHidden();
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(link);
  await expect(ben.page.getByRole("heading", { name: "Join Keyboard Road" })).toBeVisible();
  await ben.focus(/^What should the others call you\?/);
  await ben.page.keyboard.type("Ben");
  await ben.press(/^Join the group$/);
  await expect(ben.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await ben.press(/^Group$/);
  await expect(ben.page.getByText("Ben (you)")).toBeVisible();
  await rosa.leave();
  await ben.leave();
});

test("F29: a contact is changed with the keyboard alone", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.found(server, "Keyboard Street");
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.go("Contacts");
  const { page } = ben;
  await page.reload();
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await ben.press(/^Mrs\. Tran/);
  await expect(page.getByRole("heading", { level: 1, name: "Mrs. Tran" })).toBeVisible();
  await ben.press(/^Change$/);
  await ben.focus(/^Area$/);
  await page.keyboard.type("5th and Elm");
  await ben.focus(/^Speaks$/);
  await page.keyboard.type("Vietnamese");
  await page.keyboard.press("Enter");
  await ben.press(/^Save$/);
  await expect(ben.contact.getByText("5th and Elm")).toBeVisible();
  await expect(ben.contact.getByText("Vietnamese", { exact: true })).toBeVisible();
  // Taking it back needs no mouse either: the question keeps the keyboard inside, and Escape leaves it.
  await ben.press(/^Remove$/);
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(ben.contact.getByText("5th and Elm")).toBeVisible();
});

test("F29: a place in a shift is taken with the keyboard alone", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.found(server, "Keyboard Corner");
  await addShift(ben, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "22:00", needs: 2 });
  const { page } = ben;
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await ben.press(/^I come/);
  await expect(page.getByText("You are in.")).toBeVisible();
  // The same button takes it back, without looking for it again.
  await expect(page.getByRole("button", { name: /^I cannot come/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("You do not come on ")).toBeVisible();
  await ben.leave();
});

test("F29: a note is written with the keyboard alone", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.found(server, "Keyboard Lane");
  const { page } = ben;
  await page.reload();
  await ben.press(/^Notes$/);
  await ben.press(/^Empty note$/);
  await ben.focus(/^Title$/);
  await page.keyboard.type("Lamp on 5th");
  await ben.focus(/^Text$/);
  await page.keyboard.type("It is broken again");
  await ben.press(/^Done writing$/);
  await expect(page.getByRole("heading", { level: 1, name: "Lamp on 5th" })).toBeVisible();
  await expect(page.getByText("It is broken again")).toBeVisible();
  await ben.leave();
});
