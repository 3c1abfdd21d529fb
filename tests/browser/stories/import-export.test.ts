// Real files in and out: a preview before anything is taken, every row accounted for, and what goes out comes in again.

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";
import { addShift, dayFromToday } from "../watch";

const DATA = new URL("../../../examples/data/", import.meta.url).pathname;

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa", { acceptDownloads: true });
  await rosa.found(server, "Elm Street");
});
test.afterEach(() => server.remove());

test("C17: a phone's list of 400 is shown first, then taken, then reported, and reaches the others", async ({ browser }) => {
  await rosa.preview(`${DATA}contacts-2.1.vcf`);
  await expect(rosa.page.getByText("400 new contacts")).toBeVisible();
  await rosa.go("Contacts");
  await expect(rosa.page.getByText("0 contacts")).toBeVisible();

  await rosa.preview(`${DATA}contacts-2.1.vcf`);
  await rosa.page.getByRole("button", { name: "Import 400 contacts" }).click();
  await expect(rosa.page.getByText("400 added")).toBeVisible();
  await rosa.page.getByRole("link", { name: "All contacts" }).click();
  await expect(rosa.page.getByText("400 contacts", { exact: true })).toBeVisible();
  await rosa.isSent();

  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.page.getByText("400 contacts", { exact: true })).toBeVisible();
  await ben.page.getByRole("searchbox").fill("Nguyễn");
  await expect(ben.page.getByText(/^\d+ found$/)).toBeVisible();
  expect(await ben.page.getByRole("listitem").count()).toBeLessThan(100);
});

for (const { name, choice, ending } of [
  { name: "vCard 4.0", choice: "Phones and address books (.vcf 4.0)", ending: "vcf" },
  { name: "vCard 3.0", choice: "Older phones (.vcf 3.0)", ending: "vcf" },
  { name: "CSV", choice: "Spreadsheets (.csv, with commas)", ending: "csv" },
]) {
  test(`C17: what is exported as ${name} is imported again without any change`, async () => {
    await rosa.preview(`${DATA}contacts-4.0.vcf`);
    await rosa.page.getByRole("button", { name: "Import 400 contacts" }).click();
    await expect(rosa.page.getByText("400 added")).toBeVisible();

    await rosa.go("Contacts");
    await rosa.useList("Export the list");
    await rosa.page.getByLabel(choice, { exact: true }).check();
    const [download] = await Promise.all([
      rosa.page.waitForEvent("download"),
      rosa.page.getByRole("button", { name: "Save the file" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`Elm-Street.${ending}`);
    const file = await download.path();
    expect((await readFile(file)).length).toBeGreaterThan(50_000);

    await rosa.preview({ name: download.suggestedFilename(), mimeType: "", buffer: await readFile(file) });
    await expect(rosa.page.getByText("400 are already here, just the same")).toBeVisible();
    await expect(rosa.page.getByText("0 new contacts")).toBeVisible();
    await expect(rosa.page.getByRole("button", { name: /^Import/ })).toHaveCount(0);
  });
}

test("C17: rows about one person are told as such, and what is no list is not taken for one", async () => {
  const { page } = rosa;
  const sheet = (text: string) => rosa.preview({ name: "sheet.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await sheet("Name,Phone\nSam,2025550160\nSam,2025550160\nsam,(202) 555-0160\nOlu,2025550161\n");
  await expect(page.getByText("2 new contacts")).toBeVisible();
  await expect(page.getByText("2 rows are about people of earlier rows, and are added there")).toBeVisible();
  await expect(page.getByText(/already here/)).toHaveCount(0);
  await page.getByRole("button", { name: "Import 2 contacts" }).click();
  await expect(page.getByText("2 rows were about people of earlier rows")).toBeVisible();

  await sheet("Name,Phone\n");
  await expect(page.getByText("There is nobody in this file.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Import/ })).toHaveCount(0);
  await sheet("bread\neggs\n");
  await expect(page.getByText(/^No row has a phone number or an e-mail address/)).toBeVisible();
});

test("F33: all of the group goes into one archive, and taking it in again changes nothing", async ({ browser }) => {
  const { page } = rosa;
  await rosa.addContact("=Ana Ejemplo", "+1 202 555 0143");
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 2, repeat: "Every day" });
  await page.getByRole("button", { name: "I come" }).first().click();
  await rosa.go("Notes");
  await page.getByRole("button", { name: "New minutes" }).click();
  await page.getByLabel("Text", { exact: true }).fill("## Tasks\n- [ ] Bring chairs @Rosa due:2026-05-03");
  await page.getByRole("button", { name: "Done writing" }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByLabel("What is proposed or asked?").fill("Paint the shed");
  await page.getByRole("button", { name: "Ask everyone" }).click();
  await rosa.isSent();

  const toArchive = async (person: Person) => {
    await person.go("Group");
    await person.page.getByRole("link", { name: "Look after the group" }).click();
    await person.page.getByRole("link", { name: "Everything in one file" }).click();
  };
  await toArchive(rosa);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save everything" }).click()]);
  expect(download.suggestedFilename()).toBe("Elm-Street.zip");
  const buffer = await readFile((await download.path()) ?? "");
  for (const path of ["contacts.vcf", "contacts.csv", ".ics", ".md", ".json"]) expect(buffer.includes(path), path).toBe(true);
  const choose = (person: Person, file: Buffer) =>
    person.page.getByLabel("Take in such a file").setInputFiles({ name: "Elm-Street.zip", mimeType: "application/zip", buffer: file });

  await choose(rosa, buffer);
  await expect(page.getByText("All of it is here already. Nothing would change.")).toBeVisible();
  await expect(page.getByText(/are here just the same$/)).toBeVisible();
  await choose(rosa, Buffer.from("no archive"));
  await expect(page.getByRole("alert").filter({ hasText: "This is not a .zip file of a group." })).toBeVisible();

  const leo = await Person.with(browser, "Leo");
  await leo.found(server, "Oak Street");
  await toArchive(leo);
  await choose(leo, buffer);
  // Rosa is no member here: that she comes is noted under a contact with her name.
  await expect(leo.page.getByText(/^This file is from another group, .*Elm Street.*Who signed up comes in as noted by you/)).toBeVisible();
  await expect(leo.page.getByText(/left out/)).toHaveCount(0);
  // What is new is named.
  await expect(leo.page.getByRole("listitem").filter({ hasText: "=Ana Ejemplo" })).toContainText("new here");
  await leo.page.getByRole("button", { name: "Take it in" }).click();
  await expect(leo.page.getByRole("heading", { name: "Taken in." })).toBeVisible();
  await choose(leo, buffer);
  await expect(leo.page.getByText("All of it is here already. Nothing would change.")).toBeVisible();
  await leo.openContact("=Ana Ejemplo");
  await leo.go("Shifts");
  await expect(leo.page.getByRole("article").filter({ hasText: "Night watch" }).first()).toContainText("Rosa");
  await leo.go("Notes");
  await leo.page.getByRole("link", { name: "Decisions" }).click();
  await expect(leo.page.getByRole("link", { name: "Paint the shed" })).toBeVisible();
});

test("F33: whoever comes for everything in one file arrives there, and not at the contacts above it", async () => {
  const { page } = rosa;
  await page.setViewportSize({ width: 360, height: 640 });
  await rosa.go("Group");
  await page.getByRole("link", { name: /^Look after the group/ }).click();
  await page.getByRole("link", { name: /^Everything in one file/ }).click();
  await expect(page.getByRole("heading", { name: "Everything in one file" })).toBeInViewport();
  await expect(page.getByRole("button", { name: "Save everything" })).toBeInViewport();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Everything in one file");
});

test("C17: a sheet's columns are guessed, shown and corrected", async () => {
  const sheet = "Wer;Tel;Sprache\nAna Ejemplo;(202) 555-0143;Vietnamese\nBo Beispiel;202-555-0144;es\n";
  await rosa.preview({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(sheet) });
  await rosa.page.getByText("Columns of the sheet").click();
  await rosa.page.getByLabel("Wer").selectOption({ label: "Name" });
  await rosa.page.getByLabel("Sprache").selectOption({ label: "Speaks" });
  await rosa.page.getByRole("button", { name: "Import 2 contacts" }).click();
  await expect(rosa.page.getByText("2 added")).toBeVisible();
  await rosa.page.getByRole("link", { name: "All contacts" }).click();
  await expect(rosa.line("Ana Ejemplo")).toContainText("(202) 555-0143");
  await expect(rosa.line("Ana Ejemplo")).toContainText("Vietnamese");
  await expect(rosa.line("Bo Beispiel")).toContainText("Spanish");
});

test("C17: a person can decide row by row", async () => {
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  const cards = [card("Ana Ejemplo", "+12025550143", "NOTE:from the file"), card("Somebody Else", "+12025550143"), card("Bo Beispiel", "+12025550144")];
  await rosa.preview({ name: "cards.vcf", mimeType: "text/vcard", buffer: Buffer.from(cards.join("")) });
  await expect(rosa.page.getByText("Ana Ejemplo has the same number.")).toBeVisible();
  await rosa.page.getByLabel("What to do with Somebody Else").selectOption({ label: "Leave out" });
  await rosa.page.getByRole("button", { name: "Import 2 contacts" }).click();
  await expect(rosa.page.getByText("1 left out")).toBeVisible();
  await rosa.page.getByRole("link", { name: "All contacts" }).click();
  await expect(rosa.page.getByText("2 contacts", { exact: true })).toBeVisible();
  await rosa.openContact("Ana Ejemplo");
  await expect(rosa.contact.getByText("from the file")).toBeVisible();
});

test("C17: a bad card does not stop the rest, and says why it is not taken", async () => {
  const cards = `${card("Ana Ejemplo", "+12025550143")}BEGIN:VCARD\r\nVERSION:3.0\r\nREV:20260101T000000Z\r\nEND:VCARD\r\n${card("Bo Beispiel", "+12025550144")}`;
  await rosa.preview({ name: "cards.vcf", mimeType: "text/vcard", buffer: Buffer.from(cards) });
  await expect(rosa.page.getByText("1 cannot be taken")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Import 2 contacts" }).click();
  await expect(rosa.page.getByText("1 not taken")).toBeVisible();
  await expect(rosa.page.getByText("There is nothing in it to know a person by.")).toBeVisible();
});

for (const { name, buffer, says } of [
  { name: "empty.csv", buffer: Buffer.alloc(0), says: "The file is empty." },
  { name: "sheet.xlsx", buffer: Buffer.from("PK\x03\x04 and so on"), says: "This is a spreadsheet or an archive." },
  { name: "page.vcf", buffer: Buffer.from("<!doctype html><title>Sign in</title>"), says: "This file holds neither contact cards" },
  { name: "photo.vcf", buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2, 3]), says: "This file holds neither contact cards" },
]) {
  test(`C17: ${name} is refused in plain words`, async () => {
    await rosa.goToImport();
    await rosa.page.getByLabel("Choose a file").setInputFiles({ name, mimeType: "", buffer });
    await expect(rosa.page.getByRole("alert")).toContainText(says);
    await expect(rosa.page.getByRole("button", { name: /^Import/ })).toBeHidden();
  });
}

function card(name: string, phone: string, more = "CATEGORIES:neighbors"): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nTEL;TYPE=CELL:${phone}\r\n${more}\r\nEND:VCARD\r\n`;
}
