// Circles: what only some may see is a group of its own inside the group; and the names and settings of a group.

import { expect, test } from "@playwright/test";
import { ask, groupOf } from "../asking";
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

/** Rosa makes a circle of Elm Street. */
async function makeCircle(name: string, purpose: string): Promise<void> {
  const { page } = rosa;
  await rosa.go("Group");
  await page.getByRole("button", { name: "New circle" }).click();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.getByLabel("What is the circle called?").fill(name);
  await page.getByLabel("What is it for?").fill(purpose);
  await page.getByRole("button", { name: "Make the circle" }).click();
  // The server wants a link for each new group, and says so once.
  await expect(page.getByText("This server wants a link from the person who runs it.")).toBeVisible();
  await page.getByLabel("Link from the person who runs the server").fill(server.startLink);
  await page.getByRole("button", { name: "Make the circle" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  // A new place begins at its top.
  await expect(page.getByRole("heading", { level: 1, name })).toBeInViewport();
  await rosa.isSent();
}

/** The section with the circles, on the screen of the group that is open. */
function circles(person: Person) {
  return person.page.locator("section").filter({ has: person.page.getByRole("heading", { name: "Circles" }) });
}

async function openGroup(person: Person, name: string): Promise<void> {
  await person.page.getByRole("button", { name: /^Your groups:/ }).click();
  await person.page.getByRole("dialog").getByRole("link", { name: new RegExp(`^${name}`) }).click();
  await person.go("Group");
  await expect(person.page.getByRole("heading", { level: 1, name })).toBeVisible();
}

test("some of the group have a circle: who is in it opens it, who is not sees that it is there and no more", async ({ browser }) => {
  const cleo = await Person.with(browser, "Cleo", PHONE);
  await cleo.join(await rosa.invite(), "Elm Street");
  await expect(circles(cleo)).toContainText("A circle is a smaller group inside this one");
  await expect(circles(cleo)).toContainText("Organizers can make one.");
  await expect(circles(cleo).getByRole("button")).toHaveCount(0);

  await makeCircle("Coordinators", "Who calls whom when it burns");
  await expect(rosa.page.getByRole("link", { name: "A circle of Elm Street" })).toBeVisible();
  await ben.page.goto(await rosa.invite());
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.go("Group");
  await expect(ben.page.getByText("Ben (you)")).toBeVisible();
  await ben.isSent();
  await rosa.addContact("A quiet helper", "+1 202 555 0190");

  // Ben has it under the group around it, and among its people.
  await openGroup(ben, "Elm Street");
  const line = circles(ben).getByRole("link", { name: "Coordinators" });
  await expect(line).toContainText("Who calls whom when it burns");
  await expect(line).toContainText("You are in it · 2 people");
  await ben.page.getByRole("button", { name: /^Your groups:/ }).click();
  await expect(ben.page.getByRole("dialog").getByRole("listitem")).toContainText(["Elm Street", "Coordinators (A circle of Elm Street)"]);
  await ben.page.keyboard.press("Escape");
  await line.click();
  await expect(ben.page.getByRole("heading", { level: 1, name: "Coordinators" })).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.line("A quiet helper")).toBeVisible();

  // Cleo sees the name and the line, and nothing to open.
  await expect(circles(cleo)).toContainText("You are not in it. Ask an organizer.");
  await expect(circles(cleo)).toContainText("Who calls whom when it burns");
  await expect(circles(cleo).getByRole("link")).toHaveCount(0);
  expect(((await ask(cleo, { do: "groups" })) as unknown[]).length).toBe(1);
  await cleo.leave();
});

test("E27: whoever is removed from the group goes out of its circles with it, and their lost phone too", async () => {
  await makeCircle("Coordinators", "");
  await ben.page.goto(await rosa.invite());
  await ben.page.getByLabel("What should the others call you?").fill("Benjamin");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.go("Group");
  await expect(ben.page.getByText("Benjamin (you)")).toBeVisible();
  await ben.isSent();
  await openGroup(rosa, "Elm Street");
  await expect(circles(rosa)).toContainText("You are in it · 2 people");
  await rosa.page.getByRole("button", { name: /^Ben/ }).click();
  const sheet = rosa.page.getByRole("dialog");
  // The same phone in the circle is known, whatever its owner is called there.
  await sheet.getByRole("button", { name: "Remove 1" }).click();
  await expect(sheet.getByRole("checkbox", { name: /^Coordinators.*Benjamin/ })).toHaveCount(2);
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await expect(sheet.getByRole("checkbox", { name: /^Coordinators.*Benjamin/ })).toBeChecked();
  await sheet.getByRole("button", { name: "Remove Ben from the group" }).click();
  await expect(rosa.page.getByRole("heading", { name: "1 member" })).toBeVisible();
  await expect(circles(rosa)).toContainText("You are in it · 1 person");
  await rosa.isSent();
  await openGroup(rosa, "Coordinators");
  await rosa.addContact("A quiet family", "+1 202 555 0190");
  await rosa.isSent();
  await expect(ben.page.getByRole("heading", { name: "This phone is not in the group any more" })).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.page.getByText("Nobody is here yet.")).toBeVisible();
});

test("a circle is called something else, and taken off the list without harm to those in it", async () => {
  await makeCircle("Coordinators", "");
  await openGroup(rosa, "Elm Street");
  const parent = groupOf(rosa);
  await circles(rosa).getByRole("button", { name: "Change Coordinators" }).click();
  await rosa.page.getByLabel("What is the circle called?").fill("Core team");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await ben.go("Group");
  await expect(circles(ben)).toContainText("Core team");
  await circles(rosa).getByRole("button", { name: "Change Core team" }).click();
  const takeOff = rosa.page.getByRole("button", { name: "Take it off the list" });
  await takeOff.click();
  await expect(rosa.page.getByRole("dialog")).toContainText("You are in it: you can put it back.");
  await rosa.page.getByRole("button", { name: "Leave it there" }).click();
  await takeOff.click();
  await rosa.page.getByRole("button", { name: "Yes, take it off" }).click();
  await expect(circles(ben)).toContainText("A circle is a smaller group inside this one");
  await expect(circles(rosa)).toContainText("Not in the list any more");
  await expect(circles(ben)).not.toContainText("Core team");
  await circles(rosa).getByRole("button", { name: "Put Core team back on the list" }).click();
  await expect(circles(ben)).toContainText("Core team");
  await expect(circles(rosa)).not.toContainText("Not in the list any more");
  await circles(rosa).getByRole("button", { name: "Change Core team" }).click();
  await takeOff.click();
  await rosa.page.getByRole("button", { name: "Yes, take it off" }).click();
  await expect(circles(rosa)).toContainText("A circle is a smaller group inside this one");
  await expect(circles(ben)).toContainText("A circle is a smaller group inside this one");
  await openGroup(rosa, "Core team");
  expect(groupOf(rosa)).not.toBe(parent);
  await expect(rosa.page.getByText("Rosa (you)")).toBeVisible();
});

test("the app opens with the group and not with a circle of it", async () => {
  await makeCircle("Coordinators", "");
  await rosa.page.goto(`${server.url}/#/`);
  await expect(rosa.page.getByRole("button", { name: /^Your groups:/ })).toContainText("Elm Street");
});

test("without network a circle is not begun where the server would have to be asked", async () => {
  await rosa.go("Group");
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await rosa.page.getByRole("button", { name: "New circle" }).click();
  await rosa.page.getByLabel("What is the circle called?").fill("Coordinators");
  await rosa.page.getByRole("button", { name: "Make the circle" }).click();
  await expect(rosa.page.getByText("This needs a connection to the group's server.")).toBeVisible();
  expect(((await ask(rosa, { do: "groups" })) as unknown[]).length).toBe(1);
});

test("organizers change what the group says about itself, and everybody their own name", async () => {
  const { page } = rosa;
  for (const person of [rosa, ben]) {
    await person.go("Group");
    await person.page.getByRole("link", { name: "Names and time zone" }).click();
  }
  await expect(ben.page.getByText("are changed by its organizers")).toBeVisible();
  await expect(ben.page.getByLabel("Name of the group")).toHaveCount(0);
  await ben.page.getByLabel("Your name in this group").fill("Benjamin");
  await ben.page.getByRole("button", { name: "Save my name" }).click();
  await expect(ben.page.getByText("Saved.", { exact: true })).toBeVisible();

  await page.getByLabel("Name of the group").fill("Elm Street and Oak Street");
  await page.getByLabel("Country", { exact: true }).selectOption("MX");
  await page.getByLabel("Language of the group").selectOption("es");
  await page.getByLabel("Time zone").selectOption("America/Mexico_City");
  await page.getByRole("button", { name: "Save for the group" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Your groups: Elm Street and Oak Street" })).toBeVisible();
  await rosa.go("Group");
  await expect(page.getByText("Benjamin")).toBeVisible();
  const about = await ask(ben, { do: "about", group: groupOf(ben), ask: { details: {} } });
  expect(about).toMatchObject({ name: "Elm Street and Oak Street", country: "MX", locale: "es", zone: "America/Mexico_City", ownName: "Benjamin" });
});

test("what another organizer changed while a form was open stays", async () => {
  const group = groupOf(rosa);
  await rosa.go("Group");
  await rosa.page.getByRole("link", { name: "Names and time zone" }).click();
  await rosa.page.getByLabel("Name of the group").fill("Oak Street");
  await ask(rosa, { do: "about", group, ask: { change: { zone: "America/Denver" } } });
  await rosa.page.getByRole("button", { name: "Save for the group" }).click();
  await expect(rosa.page.getByText("Saved.", { exact: true })).toBeVisible();
  expect(await ask(rosa, { do: "about", group, ask: { details: {} } })).toMatchObject({ name: "Oak Street", zone: "America/Denver" });
  await expect(rosa.page.getByLabel("Time zone")).toHaveValue("America/Denver");
});

test("A1: what was typed about a circle or the group, and not saved, is there after the app was ended", async () => {
  const { page } = rosa;
  const isKept = (words: string) => expect.poll(() => rosa.draftText()).toContain(words);
  const isStillThere = () => expect(page.getByText("You had not saved this yet. It is still here.")).toBeVisible();
  await rosa.go("Group");
  await page.getByRole("button", { name: "New circle" }).click();
  await page.getByLabel("What is the circle called?").fill("Coordinators");
  await page.getByLabel("What is it for?").fill("Who calls whom");
  await isKept("Who calls whom");
  await page.reload();
  await page.getByRole("button", { name: "New circle" }).click();
  await isStillThere();
  await expect(page.getByLabel("What is the circle called?")).toHaveValue("Coordinators");
  await expect(page.getByLabel("What is it for?")).toHaveValue("Who calls whom");
  // Whoever closes the form does not want it.
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "New circle" }).click();
  await expect(page.getByLabel("What is the circle called?")).toHaveValue("");
  await page.getByRole("button", { name: "Close" }).click();

  await page.getByRole("link", { name: "Names and time zone" }).click();
  await page.getByLabel("Name of the group").fill("Oak Street");
  await page.getByLabel("Your name in this group").fill("Rosalind");
  await isKept("Rosalind");
  await page.reload();
  await isStillThere();
  await expect(page.getByLabel("Name of the group")).toHaveValue("Oak Street");
  // One of the two is saved, and the other is still to be.
  await page.getByRole("button", { name: "Save my name" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await page.reload();
  await isStillThere();
  await expect(page.getByLabel("Name of the group")).toHaveValue("Oak Street");
  await expect(page.getByLabel("Your name in this group")).toHaveValue("Rosalind");
  await page.getByRole("button", { name: "Save for the group" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Name of the group")).toHaveValue("Oak Street");
  await expect(page.getByText("You had not saved this yet.")).toHaveCount(0);
});
