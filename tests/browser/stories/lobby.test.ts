// The waiting room: newcomers see only the group's name, members vouch, organizers let in or send away.

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
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
});
test.afterEach(() => leave({ server, rosa, ben }));

/** An invitation for one person that asks first. */
async function inviteAsking(approval: string): Promise<string> {
  const { page } = rosa;
  await rosa.go("Group");
  await page.getByRole("button", { name: "Invite people" }).click();
  await page.getByLabel("For how many people?").selectOption("1 person");
  await page.getByLabel("Does somebody let them in?").selectOption(approval);
  await page.getByLabel("For how long?").selectOption("1 day");
  await page.getByRole("button", { name: "Make the invitation" }).click();
  const link = await page.getByLabel("Invitation link").inputValue();
  await page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  return link;
}

/** Asks to be let in. */
async function knock(newcomer: Person, link: string): Promise<void> {
  const { page } = newcomer;
  await page.goto(link);
  await expect(page.getByText("An organizer decides who comes in.")).toBeVisible();
  await page.getByLabel("What should the others call you?").fill(newcomer.name);
  await page.getByLabel("A few words to them").fill("Ben knows me");
  await page.getByRole("button", { name: "Join the group" }).click();
  await expect(page.getByText("You asked to be let in.")).toBeVisible();
}

async function openWaitingRoom(person: Person): Promise<void> {
  await person.go("Group");
  await person.page.getByRole("link", { name: "Invitations and waiting room" }).click();
  await expect(person.page.getByRole("heading", { name: "Ana" })).toBeVisible();
}

test("E26: who asks first sees only the group's name, until a member vouched and an organizer let them in", async ({ browser }) => {
  const ana = await Person.with(browser, "Ana", PHONE);
  await knock(ana, await inviteAsking("Yes, an organizer, once 1 more person vouches"));
  await expect(ana.page.getByRole("heading", { level: 1, name: "Elm Street" })).toBeVisible();
  await ana.go("Contacts");
  await expect(ana.page.getByText("Mrs. Tran")).toBeHidden();
  await expect(ana.page.getByText("Rosa")).toBeHidden();

  await openWaitingRoom(rosa);
  await expect(rosa.page.getByText("“Ben knows me”")).toBeVisible();
  await expect(rosa.page.getByText("1 more must vouch first.")).toBeVisible();
  await expect(rosa.page.getByRole("button", { name: "Let them in", exact: true })).toBeDisabled();

  await openWaitingRoom(ben);
  await ben.page.getByRole("button", { name: "I know them" }).click();
  await expect(ben.page.getByText("Vouched for by Ben")).toBeVisible();
  await expect(rosa.page.getByText("Vouched for by Ben")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Let them in", exact: true }).click();
  await expect(rosa.page.getByText("Nobody waits.")).toBeVisible();
  await ana.isSent();
  await ana.openContact("Mrs. Tran");
  await ana.leave();
});

test("E26: an organizer sends somebody away, who is told so", async ({ browser }) => {
  const ana = await Person.with(browser, "Ana", PHONE);
  await knock(ana, await inviteAsking("Yes, an organizer"));
  await openWaitingRoom(rosa);
  await rosa.page.getByRole("button", { name: "Do not let them in" }).click();
  await expect(rosa.page.getByText("Nobody waits.")).toBeVisible();
  await expect(ana.page.getByText(/^You were not let in/)).toBeVisible();
  await expect(ana.page.getByText("removed Porchlight's data")).toBeHidden();
  // The true sentence stays, and no other takes its place.
  await ana.page.goto("about:blank");
  await ana.page.goto(server.url);
  await expect(ana.page.getByText(/^You were not let in/)).toBeVisible();
  await ana.page.getByRole("link", { name: "This phone", exact: true }).click();
  // Answered by the device, which is ready.
  await expect(ana.page.getByText(/^This month:/)).toBeVisible();
  await ana.page.goBack();
  await expect(ana.page.getByText(/^You were not let in/)).toBeVisible();
  await expect(ana.page.getByText("removed Porchlight's data")).toBeHidden();
  await ana.leave();
});
