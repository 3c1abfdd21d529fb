// Who is in: roles, taking somebody out, leaving, invitations turned off, the key changed; and what the server sees.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, "Elm Street");
  ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
});
test.afterEach(async () => {
  await rosa.leave();
  await ben.leave();
  await server.remove();
});

test("E27: a member is taken out in two taps, is told so, and gets nothing new", async () => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await expect(rosa.page.getByRole("dialog")).toContainText("Nobody can take that back.");
  await rosa.page.getByRole("button", { name: "Remove Ben from the group" }).click();
  await expect(rosa.page.getByRole("heading", { name: "1 member" })).toBeVisible();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByText(/^Rosa removed this phone from the group on .+ can still be read\.$/)).toBeVisible();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.go("Contacts");
  await expect(ben.page.getByText("Nobody is here yet.")).toBeVisible();
});

test("E26: open invitations are listed and can be turned off", async ({ browser }) => {
  const link = await rosa.invite();
  const open = rosa.page.getByRole("listitem").filter({ hasText: "By Rosa, until" });
  await expect(open).toHaveCount(2);
  for (const left of [1, 0]) {
    await open.first().getByRole("button", { name: "Turn off" }).click();
    await expect(open).toHaveCount(left);
  }
  await rosa.isSent();
  const ana = await Person.with(browser, "Ana");
  await ana.page.goto(link);
  await ana.page.getByLabel("What should the others call you?").fill("Ana");
  await ana.page.getByRole("button", { name: "Join the group" }).click();
  await expect(ana.page.getByText(/This invitation is turned off/)).toBeVisible();
  await ana.leave();
});

test("E27: roles are given, the last organizer cannot leave, and with another one can", async () => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: "Leave Elm Street" }).click();
  await rosa.page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(rosa.page.getByRole("dialog")).toContainText("You are the only organizer.");
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByLabel("What may they do?").selectOption("Organizer");
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Leave Elm Street" }).click();
  await rosa.page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(rosa.page.getByText(/^You left this group on/)).toBeVisible();
  await expect(ben.page.getByRole("heading", { name: "1 member" })).toBeVisible();
});

test("E35: what the server can see is said in plain words, and the key can be changed", async () => {
  await rosa.go("Group");
  await rosa.page.getByText("What this server can see").click();
  await expect(rosa.page.getByText("It cannot see names, numbers, addresses, shifts, notes, votes, or what the group is called.")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Change the key now" }).click();
  await rosa.isSent();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.openContact("Mrs. Tran");
});
