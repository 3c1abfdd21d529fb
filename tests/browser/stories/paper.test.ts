// Paper: every sheet on A4 and on Letter, read back from the PDF as whoever holds it reads it.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import { textsOf } from "../pdf";
import type { Server } from "../server";
import { home, leave } from "../street";
import { addShift, dayFromToday } from "../watch";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

const PEOPLE = ["Mrs. Tran", "Zoë Ejemplo", "Łukasz Przykład"];

/** The pages of the screen that is shown, printed on paper of this size. */
async function printed(format: string): Promise<string[]> {
  return textsOf(await rosa.page.pdf({ format, printBackground: false }));
}

test("F32: the contact list, the phone tree, the wallet card, today's shifts and the sign-in sheet can be read on A4 and Letter", async () => {
  const { page } = rosa;
  for (const [place, name] of PEOPLE.entries()) await rosa.addContact(name, `+1 202 555 019${place}`);
  await addShift(rosa, { title: "Night watch", day: dayFromToday(0), from: "20:00", to: "06:00", needs: 3, place: "5th and Elm" });
  await page.getByRole("button", { name: "I come" }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  const base = page.url().replace(/\/shifts\/.*$/, "");
  const sheets = {
    "print/contacts": [...PEOPLE, "(202) 555-0190", "(202) 555-0192"],
    "contacts/tree": [...PEOPLE.slice(1), "calls"],
    "print/card": [...PEOPLE, "(202) 555-0191"],
    "print/shifts": ["Night watch", "8:00 PM", "6:00 AM", "5th and Elm", "1 of 3: Rosa"],
    "print/signIn": ["Night watch", "Rosa", "Signature"],
  };
  for (const [sheet, texts] of Object.entries(sheets)) {
    await page.goto(`${base}/${sheet}`);
    // A name may also be hidden in a list to choose from.
    await expect(page.getByText(texts[0] ?? "").filter({ visible: true }).first()).toBeVisible();
    for (const format of ["A4", "Letter"]) {
      await test.step(`${sheet} on ${format}`, async () => {
        const pages = await printed(format);
        expect(pages).toHaveLength(1);
        for (const text of texts) expect(pages.join(""), text).toContain(text.replace(/\s/g, ""));
        // Nothing that can only be tapped.
        expect(pages.join("")).not.toContain("Savedandsent");
        expect(pages.join("")).not.toContain("Print");
      });
    }
  }
});

test("F32: of many people nobody is on the card who was not chosen, they are found by their name, and stay chosen", async () => {
  const { page } = rosa;
  for (let place = 0; place < 7; place++) await rosa.addContact(`Neighbor ${place}`, `+1 202 555 019${place}`);
  await rosa.addContact("Zoë Ejemplo", "+1 202 555 0198");
  await page.goto(page.url().replace(/\/contacts\/.*$/, "/print/card"));
  const card = page.getByRole("region", { name: "Card for the wallet" });
  await expect(page.getByLabel("Neighbor 0")).toBeVisible();
  await expect(card.getByRole("listitem")).toHaveCount(0);
  await page.getByLabel("Search the contacts").fill("zoe");
  await page.getByLabel("Zoë Ejemplo").check();
  await page.getByLabel("Search the contacts").fill("bor 5");
  await expect(page.getByLabel("Neighbor 0")).toBeHidden();
  await page.getByLabel("Neighbor 5").check();
  await expect(card.getByRole("listitem")).toHaveText([/^Neighbor 5/, /^Zoë Ejemplo/]);
  await page.reload();
  await expect(card.getByRole("listitem")).toHaveText([/^Neighbor 5/, /^Zoë Ejemplo/]);
});

test("F32: four hundred people go on as many pages as they need, with the heading on each", async () => {
  const { page } = rosa;
  await rosa.preview(new URL("../../../examples/data/contacts-4.0.vcf", import.meta.url).pathname);
  await page.getByRole("button", { name: /^Import \d/ }).click();
  await expect(page.getByRole("heading", { name: "Done" })).toBeVisible();
  await page.goto(page.url().replace(/\/contacts\/.*$/, "/print/contacts"));
  await expect(page.getByRole("row")).toHaveCount(401);
  // On a phone the words of a line have the width of the screen, and none breaks.
  const name = page.getByRole("rowheader").first();
  expect((await name.boundingBox())?.width).toBeGreaterThan(300);
  const pages = await printed("A4");
  expect(pages.length).toBeGreaterThan(3);
  const heading = (await page.getByRole("columnheader").first().innerText()).replace(/\s/g, "");
  for (const text of pages) expect(text).toContain(heading);
});
