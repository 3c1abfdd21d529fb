// An invitation as six words that are told over the phone, and typed in on another.

import { expect, test } from "@playwright/test";
import { PHONE } from "../chromium";
import { Person } from "../people";
import { Server } from "../server";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa", PHONE);
  await rosa.found(server, "Elm Street");
  ben = await Person.with(browser, "Ben", PHONE);
});
test.afterEach(async () => {
  await rosa.leave();
  await ben.leave();
  await server.remove();
});

test("E26: six words that were told lead into the group, typed in capitals and cut short", async () => {
  const { page } = rosa;
  await rosa.go("Group");
  await page.getByRole("button", { name: "Invite people" }).click();
  await page.getByRole("button", { name: "Make the invitation" }).click();
  await page.getByRole("button", { name: "As six words, to tell over the phone" }).click();
  await expect(page.getByText("They work now.")).toBeVisible({ timeout: 40_000 });
  const told = (await page.locator(".words").textContent()) ?? "";
  const words = told.trim().split(/[\s-]+/);
  expect(words).toHaveLength(6);

  await ben.page.goto(server.url);
  await ben.page.getByRole("link", { name: "I was told six words" }).click();
  await ben.page.getByLabel("The six words").fill("not quite the words at all");
  await ben.page.getByRole("button", { name: "Find the invitation" }).click();
  await expect(ben.page.getByText("One of these is not among the words.")).toBeVisible();
  await ben.page.getByLabel("The six words").fill(words.map((word) => word.slice(0, 4).toUpperCase()).join(" "));
  await ben.page.getByRole("button", { name: "Find the invitation" }).click();
  await expect(ben.page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible({ timeout: 40_000 });
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.go("Group");
  await expect(ben.page.getByText("Ben (you)")).toBeVisible();
});
