// Who is in: roles, taking somebody out, leaving, invitations turned off, a second phone, and what the server sees.

import { expect, test } from "@playwright/test";
import { PHONE } from "../chromium";
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

test("E27: a member is taken out in two taps, is told so, and gets nothing new", async () => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await expect(rosa.page.getByRole("dialog")).toContainText("Nobody can take that back.");
  await rosa.page.getByRole("button", { name: "Remove Ben from the group" }).click();
  await expect(rosa.page.getByRole("heading", { name: "1 member" })).toBeVisible();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByRole("heading", { name: "This phone is not in the group any more" })).toBeVisible();
  await expect(ben.page.getByText(/^Rosa removed you from the group on /)).toBeVisible();
  await expect(ben.page.getByText("To come back, ask an organizer for an invitation.")).toBeVisible();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.go("Contacts");
  await expect(ben.page.getByText("Nobody is here yet.")).toBeVisible();
});

test("E27: what a removed phone had written without network waits for an organizer, who takes it in or not", async () => {
  for (const [name, phone] of [["Ana", "+1 202 555 0143"], ["Leo", "+1 202 555 0144"]] as const) await rosa.addContact(name, phone);
  await rosa.isSent();
  await ben.openContact("Leo");
  await ben.appIsKept();
  await ben.page.close();
  await ben.context.setOffline(true);
  await ben.open(server);
  await ben.cannotReach();
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.openContact("Leo");
  await ben.change("Area", "5th and Elm");
  // The list that Ben writes in has been written anew when his phone comes back.
  await rosa.openContact("Ana");
  await rosa.page.getByRole("button", { name: "Forget for good" }).click();
  await rosa.page.getByRole("dialog").getByRole("button", { name: "Forget for good" }).click();
  await rosa.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByRole("button", { name: "Remove Ben from the group" }).click();
  await rosa.isSent();
  await ben.context.setOffline(false);
  await ben.go("Now");
  await expect(ben.page.getByText("2 changes are saved on this phone. This phone is not in the group any more.")).toBeVisible();
  await ben.go("Group");
  await expect(ben.page.getByText("What you wrote at the end waits until an organizer decides")).toBeVisible();
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await expect(rosa.page.getByText("2 changes, about: contacts")).toBeVisible();
  await expect(rosa.page.getByRole("heading", { name: /^Ben/ })).toBeVisible();
  await rosa.go("Now");
  await rosa.page.getByRole("link", { name: "What a removed phone wrote waits for you" }).click();
  await rosa.page.getByRole("button", { name: "Take it in" }).click();
  await expect(rosa.page.getByText("Nothing waits for a decision.")).toBeVisible();
  await rosa.openContact("Mrs. Tran");
  await rosa.openContact("Leo");
  await expect(rosa.page.getByText("5th and Elm", { exact: true })).toBeVisible();
  await rosa.go("Group");
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await rosa.page.getByText("Passed over, by whom and why").click();
  await expect(rosa.page.getByText("2 changes to something that had been forgotten.")).toBeVisible();
});

test("E26: whoever was removed comes back with the same phone, and has what was there and what they missed", async () => {
  await ben.addContact("Mr. Osei", "+1 202 555 0191");
  await ben.isSent();
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByRole("button", { name: "Remove Ben from the group" }).click();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByRole("heading", { name: "This phone is not in the group any more" })).toBeVisible();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.join(await rosa.invite(), "Elm Street");
  await expect(ben.page.getByRole("heading", { name: "2 members" })).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.line("Mr. Osei")).toBeVisible();
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await ben.addContact("Cy", "+1 202 555 0192");
  await ben.isSent();
  await rosa.openContact("Cy");
});

test("E26: open invitations are listed and can be turned off", async ({ browser }) => {
  const link = await rosa.invite();
  await rosa.page.getByRole("link", { name: "Invitations and waiting room" }).click();
  const open = rosa.page.getByRole("listitem").filter({ hasText: "By Rosa, until" });
  await expect(open).toHaveCount(2);
  for (const left of [1, 0]) {
    await open.first().getByRole("button", { name: "Turn off" }).click();
    await expect(open).toHaveCount(left);
  }
  await rosa.isSent();
  const ana = await Person.with(browser, "Ana", PHONE);
  await ana.page.goto(link);
  await ana.page.getByLabel("What should the others call you?").fill("Ana");
  await ana.page.getByRole("button", { name: "Join the group" }).click();
  await expect(ana.page.getByText(/This invitation is turned off/)).toBeVisible();
  await ana.leave();
});

test("E26: whoever came to read only cannot write their name, and an organizer says it", async ({ browser }) => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: "Invite people" }).click();
  await rosa.page.getByLabel("What may they do?").selectOption("Read only");
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const link = await rosa.page.getByLabel("Invitation link").inputValue();
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  const cleo = await Person.with(browser, "Cleo", PHONE);
  await cleo.page.goto(link);
  await expect(cleo.page.getByText("You come in to read. An organizer writes down what the others call you.")).toBeVisible();
  await expect(cleo.page.getByLabel("What should the others call you?")).toBeHidden();
  await cleo.page.getByRole("button", { name: "Join the group" }).click();
  await rosa.page.getByRole("button", { name: /^Somebody who just joined.*Has no name yet/ }).click();
  await rosa.page.getByLabel("What they are called in this group").fill("Cleo");
  await rosa.page.getByRole("button", { name: "Save this name" }).click();
  await expect(rosa.page.getByText("Saved.")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  await cleo.go("Group");
  await expect(cleo.page.getByText("Cleo (you)")).toBeVisible();
  await ben.go("Group");
  await expect(ben.page.getByText(/^Cleo/)).toBeVisible();
  await cleo.leave();
});

test("E27: roles are given, the last organizer cannot leave, and with another one can", async () => {
  await rosa.go("Group");
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await rosa.page.getByRole("button", { name: "Leave Elm Street" }).click();
  await rosa.page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(rosa.page.getByRole("dialog")).toContainText("A group needs an organizer.");
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  await rosa.page.getByLabel("What may they do?").selectOption("Organizer");
  await rosa.page.getByRole("button", { name: "Save what they may do" }).click();
  await expect(rosa.page.getByText("Saved.")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await rosa.page.getByRole("button", { name: "Leave Elm Street" }).click();
  await rosa.page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(rosa.page.getByRole("heading", { name: "You left this group" })).toBeVisible();
  await expect(ben.page.getByRole("heading", { name: "1 member" })).toBeVisible();
});

test("E27: choosing a role changes nothing until it is saved, and nobody gives up their own by one key", async () => {
  const { page } = rosa;
  const role = page.getByLabel("What may they do?");
  const save = page.getByRole("button", { name: "Save what they may do" });
  await rosa.go("Group");
  await page.getByRole("button", { name: /^Rosa/ }).click();
  await role.press("ArrowDown");
  await expect(role).toHaveValue("member");
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("button", { name: /^Rosa.*Organizer/ })).toBeVisible();

  // The only organizer is asked, and told why not; then the list says what is so.
  await page.getByRole("button", { name: /^Rosa/ }).click();
  await expect(role).toHaveValue("organizer");
  await role.selectOption("Reads only");
  await save.click();
  await expect(page.getByText("Only another organizer can make you one again.")).toBeVisible();
  await page.getByRole("button", { name: "Stay an organizer" }).click();
  await expect(role).toHaveValue("organizer");
  await role.selectOption("Member");
  await save.click();
  await page.getByRole("button", { name: "Yes, give it up" }).click();
  await expect(page.getByRole("dialog")).toContainText("A group needs an organizer.");
  await expect(role).toHaveValue("organizer");
  await page.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: /^Ben/ }).click();
  await role.press("ArrowUp");
  await expect(role).toHaveValue("organizer");
  await page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  await ben.go("Group");
  await expect(ben.page.getByText("Member ·")).toBeVisible();
});

test("E27: a second phone comes in under the same name, and a lost one is taken out in two taps", async ({ browser }) => {
  await ben.go("Group");
  await ben.page.getByRole("link", { name: "My phones and computers" }).click();
  await ben.page.getByRole("button", { name: "Add another phone or computer" }).click();
  await ben.page.getByRole("button", { name: "Make the invitation" }).click();
  const link = await ben.page.getByLabel("Invitation link").inputValue();
  await ben.page.getByRole("button", { name: "Close" }).click();
  await ben.isSent();
  const tablet = await Person.with(browser, "Ben", PHONE);
  await tablet.page.goto(link);
  await expect(tablet.page.getByText("This link makes this phone one of Ben's own.")).toBeVisible();
  await expect(tablet.page.getByLabel("What should the others call you?")).toBeHidden();
  await tablet.page.getByRole("button", { name: "Use this phone too" }).click();
  await tablet.go("Group");
  await expect(tablet.page.getByText("Ben (you)")).toBeVisible();
  await tablet.isSent();
  await expect(tablet.page.getByRole("heading", { name: "2 members" })).toBeVisible();
  await expect(ben.page.getByText("Device 2")).toBeVisible();
  // Which one it is can be told by when it came in and when it last wrote; a slip of the finger removes nothing.
  await tablet.addContact("Mr. Osei", "+1 202 555 0195");
  await tablet.isSent();
  await tablet.go("Group");
  await ben.openContact("Mr. Osei");
  await ben.go("Group");
  await ben.page.getByRole("link", { name: "My phones and computers" }).click();
  const lost = ben.page.locator("li").filter({ hasText: "Device 2" });
  await expect(lost).toContainText("In the group since: ");
  await expect(lost).toContainText("Last wrote: ");
  await ben.page.getByRole("button", { name: "Remove 2" }).click();
  await ben.page.getByRole("button", { name: "Cancel" }).click();
  await expect(lost).toBeVisible();
  await ben.page.getByRole("button", { name: "Remove 2" }).click();
  await ben.page.getByRole("button", { name: "Yes, remove device 2" }).click();
  await expect(lost).toBeHidden();
  await ben.isSent();
  await expect(tablet.page.getByText(/^Ben removed this phone on .+ You are still in the group with another one\.$/)).toBeVisible();
  await tablet.leave();
});

test("E27: without network the list, the sheet and Now say that a removal and a role wait, and whoever is out is told on every screen", async ({ browser }) => {
  const { page } = rosa;
  const dan = await Person.with(browser, "Dan", PHONE);
  await dan.join(await rosa.invite(), "Elm Street");
  await rosa.go("Group");
  await expect(page.getByRole("heading", { name: "3 members" })).toBeVisible();
  await rosa.appIsKept();
  await ben.appIsKept();
  await dan.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await page.getByRole("button", { name: /^Ben/ }).click();
  await page.getByRole("button", { name: "Remove Ben from the group" }).click();
  const removed = "Ben is removed from the group as soon as this phone reaches the server.";
  await expect(page.getByRole("button", { name: /^Ben/ })).toContainText(removed);
  await page.getByRole("button", { name: /^Ben/ }).click();
  await expect(page.getByRole("dialog")).toContainText(removed);
  await expect(page.getByRole("button", { name: "Remove Ben from the group" })).toBeHidden();
  await page.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: /^Dan/ }).click();
  await page.getByLabel("What may they do?").selectOption("Reads only");
  await page.getByRole("button", { name: "Save what they may do" }).click();
  const reads = "Dan: “Reads only” as soon as this phone reaches the server, until then “Member”.";
  await expect(page.getByRole("dialog")).toContainText(reads);
  await expect(page.getByLabel("What may they do?")).toHaveValue("reader");
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("button", { name: /^Dan/ })).toContainText(reads);
  await rosa.go("Now");
  const unsent = page.locator("section").filter({ has: page.getByRole("heading", { name: "Not sent yet" }) });
  await expect(unsent).toContainText(removed);
  await expect(unsent).toContainText(reads);

  await ben.cannotReach();
  await ben.go("Group");
  await ben.page.getByRole("link", { name: "Look after the group" }).click();
  await ben.page.getByRole("button", { name: "Leave Elm Street" }).click();
  await ben.page.getByRole("button", { name: "Yes, leave" }).click();
  await expect(ben.page.getByRole("listitem").filter({ hasText: "Ben (you)" })).toContainText("You leave the group as soon as this phone reaches the server.");

  await server.startAgain();
  await rosa.isSent();
  await rosa.go("Group");
  await expect(page.getByRole("heading", { name: "2 members" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Dan.*Reads only ·/ })).toBeVisible();
  await expect(page.getByText("as soon as this phone reaches the server")).toBeHidden();
  await expect(ben.page.getByRole("heading", { name: /You left this group|not in the group any more/ })).toBeVisible();
  for (const [tab, add] of [["Shifts", "Add"], ["Contacts", "Add"], ["Notes", "New minutes"]] as const) {
    await ben.go(tab);
    await expect(ben.page.getByText("What is here can be read; nothing can be added or changed.")).toBeVisible();
    await expect(ben.page.getByRole("heading", { level: 1, name: tab })).toBeVisible();
    await expect(ben.page.getByText(add, { exact: true })).toBeHidden();
  }
  await ben.page.getByRole("link", { name: "Tasks" }).click();
  await expect(ben.page.getByText("What is here can be read; nothing can be added or changed.")).toBeVisible();
  await dan.leave();
});

test("F35: what the server can see is said in plain words, and the key can be changed", async () => {
  await rosa.go("Group");
  await rosa.page.getByText("What this server can see").click();
  await expect(rosa.page.getByText("It cannot see names, numbers, addresses, shifts, notes, votes, or what the group is called.")).toBeVisible();
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await rosa.page.getByRole("button", { name: "Change the key now" }).click();
  await expect(rosa.page.getByText("The key changes as soon as this phone reaches the server.")).toBeVisible();
  await rosa.isSent();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.openContact("Mrs. Tran");
});
