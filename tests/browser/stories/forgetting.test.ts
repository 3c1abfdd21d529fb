// Forgetting somebody for good: out of the list and its history, with an honest receipt.

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

test("C22: a contact is forgotten for good, and the receipt says who may still have it", async ({ browser }) => {
  const { page } = rosa;
  await rosa.addContact("Ana", "+1 202 555 0190");
  await rosa.addContact("Leo", "+1 202 555 0191");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.openContact("Ana");
  await expect(ben.page.getByRole("link", { name: "Change" })).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Forget for good" })).toBeHidden();
  await rosa.openContact("Ana");
  await page.getByRole("button", { name: "Forget for good" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget for good" }).click();
  await expect(page.getByRole("dialog")).toContainText("1 phone of the group had it.");
  await expect(page.getByRole("dialog")).toContainText("Ben");
  await expect(page.getByRole("dialog")).toContainText("copies may remain");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  // Who had it open must not think that they may call, or write there.
  await expect(ben.page.getByText("This contact was just forgotten for good.")).toBeVisible();
  await expect(ben.page.getByRole("link", { name: "Change" })).toBeHidden();
  await expect(ben.page.getByText("+1 202 555 0190")).toBeHidden();
  for (const person of [rosa, ben]) {
    await person.go("Contacts");
    await expect(person.line("Leo")).toBeVisible();
    await expect(person.line("Ana")).toBeHidden();
  }
});

test("C22: a contact that the server has not been told of yet says that it is being forgotten, and goes by itself", async () => {
  const { page } = rosa;
  await rosa.addContact("Ana", "+1 202 555 0190");
  await rosa.isSent();
  await rosa.openContact("Ana");
  await page.getByRole("button", { name: "Forget for good" }).click();
  server.freeze();
  await page.getByRole("dialog").getByRole("button", { name: "Forget for good" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await rosa.openContact("Ana");
  await expect(page.getByText("This contact is being forgotten for good.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Forget for good" })).toBeHidden();
  await rosa.go("Contacts");
  server.thaw();
  await expect(rosa.line("Ana")).toBeHidden();
});

test("C22: an archive of before leaves out who was forgotten for good, and says so by name", async () => {
  const { page } = rosa;
  const toArchive = async () => {
    await rosa.go("Group");
    await page.getByRole("link", { name: "Look after the group" }).click();
    await page.getByRole("link", { name: "Everything in one file" }).click();
  };
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0190");
  await rosa.addContact("Leo", "+1 202 555 0191");
  await rosa.isSent();
  await toArchive();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save everything" }).click()]);
  const buffer = await readFile((await download.path()) ?? "");
  await rosa.openContact("Ana Ejemplo");
  await page.getByRole("button", { name: "Forget for good" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget for good" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await rosa.go("Contacts");
  await expect(rosa.line("Ana Ejemplo")).toBeHidden();
  await toArchive();
  await page.getByLabel("Take in such a file").setInputFiles({ name: "Elm-Street.zip", mimeType: "application/zip", buffer });
  await expect(page.getByText("1 was forgotten for good here and is left out")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Ana Ejemplo" })).toContainText("left out: it was forgotten for good here");
  await expect(page.getByText("All of it is here already. Nothing would change.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Take it in" })).toBeHidden();
});
