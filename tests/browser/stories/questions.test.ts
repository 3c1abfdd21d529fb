// Two people change the same contact without knowing of each other: nothing is lost, and one tap settles it.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
let ben: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.change("Note", "2nd floor");
  ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.openContact("Mrs. Tran");
  await rosa.openContact("Mrs. Tran");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await ben.cannotReach();
});
test.afterEach(() => leave({ server, rosa }));

test("C18: both versions of a text are shown with who and when, and one tap keeps all of it", async () => {
  await rosa.change("Note", "2nd floor, bell broken");
  await ben.change("Note", "2nd floor. Needs rides on Mondays");
  await server.startAgain();
  await rosa.isSent();
  await ben.isSent();
  for (const person of [rosa, ben]) {
    const question = person.page.getByRole("region", { name: "Note: 2 versions" });
    await expect(question).toContainText("2nd floor, bell broken");
    await expect(question).toContainText("2nd floor. Needs rides on Mondays");
    await expect(question).toContainText(/Rosa, /);
    await expect(question).toContainText(/Ben, /);
  }
  await ben.page.getByRole("button", { name: "Keep all of it" }).click();
  for (const person of [rosa, ben]) {
    await expect(person.page.getByRole("region", { name: /versions/ })).toBeHidden();
    await expect(person.page.locator("dd").filter({ hasText: "bell broken" })).toContainText("Needs rides on Mondays");
  }
});

test("C18: one tap keeps one version", async () => {
  await rosa.change("Note", "Rosa's");
  await ben.change("Note", "Ben's");
  await server.startAgain();
  const question = rosa.page.getByRole("region", { name: "Note: 2 versions" });
  await question.getByRole("button", { name: "Keep this one" }).first().click();
  await expect(question).toBeHidden();
  await rosa.isSent();
  await expect(ben.page.getByRole("region", { name: /versions/ })).toBeHidden();
});

test("C18: an edit beats a removal that had not seen it, and a question appears", async () => {
  await rosa.page.getByRole("button", { name: "Remove" }).click();
  await rosa.page.getByRole("button", { name: "Remove for everyone" }).click();
  await expect(rosa.line("Mrs. Tran")).toBeHidden();
  await ben.change("Area", "5th and Elm");
  await server.startAgain();
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toContainText("Question");
  await rosa.openContact("Mrs. Tran");
  await expect(rosa.page.getByRole("heading", { name: "Rosa removed this contact; Ben changed it meanwhile." })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(rosa.page.getByText("changed it meanwhile")).toBeHidden();
  await rosa.isSent();
  await expect(ben.page.getByText("changed it meanwhile")).toBeHidden();
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toContainText("5th and Elm");
});

test("C18: members see who changed what", async () => {
  await server.startAgain();
  await ben.change("Area", "5th and Elm");
  await ben.page.getByText("Who changed what").click();
  const step = ben.page.getByRole("listitem").filter({ hasText: "Area" });
  await expect(step).toContainText("5th and Elm");
  await expect(step).toContainText("Ben");
});
