// What the list knows of people: their languages and skills, and whom to call for them in an emergency.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, around, card } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("C19: languages are spoken, preferred or interpreted, filter the list, and a house number is a field of its own", async () => {
  const { page } = rosa;
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByLabel("Speaks").selectOption("Vietnamese");
  await page.getByLabel("Prefers").selectOption("Vietnamese");
  await page.getByLabel("Area", { exact: true }).fill("5th and Elm");
  if (!(await page.getByLabel("House number").isVisible())) await page.locator("details summary").click();
  await page.getByLabel("House number").fill("12 B");
  await page.getByRole("button", { name: "Save" }).click();
  for (const text of ["Speaks", "Prefers", "Vietnamese", "5th and Elm", "12 B"]) await expect(rosa.contact).toContainText(text);
  await rosa.addContact("Leo", "+1 202 555 0191");
  await page.getByRole("link", { name: "Change" }).click();
  if (!(await page.getByLabel("Can interpret").isVisible())) await page.locator("details summary").click();
  await page.getByLabel("Can interpret").selectOption("Vietnamese");
  await page.getByLabel("Can interpret").selectOption("Spanish");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.contact).toContainText("Can interpret");
  await rosa.addContact("Fay", "+1 202 555 0192");
  await rosa.isSent();

  await ben.go("Contacts");
  await ben.page.getByLabel("Only a language").selectOption("Vietnamese (2)");
  await expect(ben.page.getByText("2 found")).toBeVisible();
  await expect(ben.line("Fay")).toBeHidden();
  await ben.page.getByLabel("Only a language").selectOption("Spanish (1)");
  await expect(ben.line("Leo")).toBeVisible();
  await expect(ben.line("Mrs. Tran")).toBeHidden();
});

test("C19: every language to choose from has a name, none is there twice, and who speaks it is found by either name", async () => {
  const { page } = rosa;
  const vcard = (name: string, language: string) => `BEGIN:VCARD\r\nVERSION:4.0\r\nFN:${name}\r\nLANG:${language}\r\nEND:VCARD\r\n`;
  await rosa.preview({ name: "cards.vcf", mimeType: "text/vcard", buffer: Buffer.from(vcard("Leo", "fil") + vcard("Fay", "tl") + vcard("Bo", "vi")) });
  await page.getByRole("button", { name: "Import 3 contacts" }).click();
  await rosa.go("Contacts");
  await page.getByLabel("Only a language").selectOption("Filipino (Tagalog) (2)");
  await expect(page.getByText("2 found")).toBeVisible();
  await expect(rosa.line("Leo")).toBeVisible();
  await expect(rosa.line("Fay")).toBeVisible();
  await page.getByLabel("Only a language").selectOption("");
  await page.getByLabel("Search the contacts").fill("tagalog");
  await expect(page.getByText("2 found")).toBeVisible();

  await page.getByRole("link", { name: "Add", exact: true }).click();
  await expect(page.getByLabel("Speaks")).toBeVisible();
  const choices = await page.getByLabel("Speaks").locator("option").evaluateAll((all) => all.map((one) => [(one as HTMLOptionElement).value, (one as HTMLOptionElement).text]));
  const names = choices.map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(choices.filter(([tag, name]) => tag === name)).toEqual([]);
  for (const name of ["American Sign Language (ASL)", "Navajo (Diné bizaad)", "Filipino (Tagalog)"]) expect(names).toContain(name);
});

test("C17: whoever changes one of those found comes back to the same search", async () => {
  const { page } = rosa;
  for (const name of ["Nguyen An", "Nguyen Bo", "Smith"]) await rosa.addContact(name, "+1 202 555 0190");
  await rosa.go("Contacts");
  const search = page.getByLabel("Search the contacts");
  await search.fill("Nguy");
  await expect(page.getByText("2 found")).toBeVisible();
  await rosa.line("Nguyen An").click();
  await rosa.change("Note", "Has a van");
  await page.getByRole("link", { name: "All contacts" }).click();
  await expect(search).toHaveValue("Nguy");
  await expect(page.getByText("2 found")).toBeVisible();
  await expect(rosa.line("Smith")).toBeHidden();
  // Another time the list begins anew.
  await rosa.go("Now");
  await rosa.go("Contacts");
  await expect(search).toHaveValue("");
  await expect(rosa.line("Smith")).toBeVisible();
});

test("C20: whom to call in an emergency is shown to organizers and to whoever is at a shift now, and to nobody else", async () => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.page.getByRole("link", { name: "Change" }).click();
  if (!(await rosa.page.getByLabel("In an emergency, call").isVisible())) await rosa.page.locator("details summary").click();
  await rosa.page.getByLabel("In an emergency, call").fill("Her sister");
  await rosa.page.getByLabel("That person's number").fill("+1 202 555 0199");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  const call = (person: Person) => person.contact.getByRole("link", { name: "Call Her sister, +1 202 555 0199" });
  await expect(call(rosa)).toHaveAttribute("href", "tel:+12025550199");
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 2 });
  await rosa.isSent();

  await ben.openContact("Mrs. Tran");
  await expect(ben.contact.getByText("(202) 555-0190")).toBeVisible();
  await expect(ben.contact).not.toContainText("Her sister");
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Door watch")).toContainText("You are in.");
  await ben.openContact("Mrs. Tran");
  await expect(call(ben)).toBeVisible();
});

test("C20: whoever says “This is me” of somebody else's entry is told who said so before", async ({ browser }) => {
  await rosa.addContact("Gran Tran", "+1 202 555 0190");
  await rosa.page.getByLabel("This is me").check();
  await rosa.isSent();
  await ben.openContact("Gran Tran");
  await expect(ben.page.getByText("Said to be “me” by: Rosa.")).toBeVisible();
  await ben.page.getByLabel("This is me").check();
  await ben.isSent();
  await expect(rosa.page.getByText("Said to be “me” by: Ben.")).toBeVisible();
});
