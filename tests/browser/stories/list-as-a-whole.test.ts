// The list of contacts as a whole: who is in it twice, the phone tree, and asking once a year.

import { expect, test } from "@playwright/test";
import { inTwoYears, Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

const SEVEN = ["Ana", "Ben", "Carla", "Dan", "Eva", "Fay", "Gus"];

async function take(person: Person, rows: string[], heading = "Name;Phone"): Promise<void> {
  const sheet = [heading, ...rows].join("\n");
  await person.preview({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(sheet) });
  await person.page.getByRole("button", { name: /^Import \d/ }).click();
  await expect(person.page.getByRole("heading", { name: "Done" })).toBeVisible();
  await person.go("Contacts");
}

test("C17: two who share a number are made one text by text, and different people stay apart pair by pair", async ({ browser }) => {
  const { page } = rosa;
  for (const name of ["Ana", "Ana Ejemplo", "Leo"]) await rosa.addContact(name, "(202) 555-0190");
  await rosa.openContact("Ana Ejemplo");
  await rosa.change("Note", "Has the key");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  const pair = (person: Person, ...names: string[]) =>
    names.reduce((lines, name) => lines.filter({ has: person.page.getByRole("link", { name, exact: true }) }), person.page.locator("main li"));
  for (const person of [rosa, ben]) {
    await person.go("Contacts");
    await person.useList("Find duplicates");
    await expect(person.page.locator("main li")).toHaveCount(3);
  }
  await pair(rosa, "Ana", "Leo").getByRole("button", { name: "They are different people" }).click();
  for (const person of [rosa, ben]) {
    await expect(person.page.locator("main li")).toHaveCount(2);
    await expect(pair(person, "Ana", "Leo")).toHaveCount(0);
  }
  await pair(ben, "Ana Ejemplo", "Leo").getByRole("button", { name: "They are different people" }).click();
  await expect(rosa.page.locator("main li")).toHaveCount(1);
  await pair(rosa, "Ana", "Ana Ejemplo").getByRole("button", { name: "Make one of two" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("group", { name: "Name" }).getByLabel("Ana Ejemplo", { exact: true }).check();
  await dialog.getByRole("button", { name: "Make one of two" }).click();
  for (const person of [rosa, ben]) await expect(person.page.getByText("Nobody is in the list twice.")).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.page.getByText("2 contacts")).toBeVisible();
  await ben.openContact("Ana Ejemplo");
  await expect(ben.contact).toContainText("Has the key");
});

test("C21: the phone tree comes from the list, shows how far the calling is, and passes on the calls of who does not react", async ({ browser }) => {
  await take(rosa, SEVEN.map((name, place) => `${name};+1 202 555 010${place}`));
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  for (const person of [rosa, ben]) {
    await person.go("Contacts");
    await person.useList("Phone tree");
    await expect(person.page.getByRole("heading", { level: 2, name: / calls$/ })).toHaveCount(2);
  }
  const callers = await rosa.page.getByRole("heading", { level: 2, name: / calls$/ }).allTextContents();
  const names = async (person: Person) => person.page.locator(".call .name").allTextContents();
  expect(await names(ben)).toEqual(await names(rosa));
  expect(await names(rosa)).toHaveLength(6);
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await rosa.page.getByRole("button", { name: "Start calling" }).click();
  await expect(rosa.page.getByText("0 of 6 reached")).toBeVisible();
  const state = (person: Person, place: number) => person.page.getByLabel(/^How far the call to/).nth(place);
  await state(rosa, 1).selectOption("Reached");
  await expect(rosa.page.getByText("1 of 6 reached")).toBeVisible();
  const second = (callers[1] ?? "").replace(/ calls$/, "");
  await rosa.page.getByLabel(`How far the call to ${second} is`).selectOption("No answer");
  await expect(rosa.page.getByText(/^Did not react: .+ makes these calls now$/)).toBeVisible();
  await server.startAgain();
  await rosa.isSent();
  await expect(ben.page.getByText("1 of 6 reached")).toBeVisible();
  await expect(ben.page.getByText(/^Did not react: /)).toBeVisible();
  // A new round puts away what everybody marked, so it is asked about.
  const dialog = ben.page.getByRole("dialog");
  await ben.page.getByRole("button", { name: "Start a new round" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(ben.page.getByText("1 of 6 reached")).toBeVisible();
  await ben.page.getByRole("button", { name: "Start a new round" }).click();
  await dialog.getByRole("button", { name: "Start a new round" }).click();
  await expect(ben.page.getByText("0 of 6 reached")).toBeVisible();
});

test("C21: two who begin calling without network make one round, and a new round belongs to no phone's clock", async ({ browser }) => {
  await take(rosa, SEVEN.map((name, place) => `${name};+1 202 555 010${place}`));
  const kai = await Person.with(browser, "Kai", { timezoneId: "Asia/Tokyo" });
  await kai.join(await rosa.invite(), "Elm Street");
  for (const person of [rosa, kai]) {
    await person.go("Contacts");
    await person.useList("Phone tree");
    await expect(person.page.getByRole("heading", { level: 2, name: / calls$/ })).toHaveCount(2);
    await person.appIsKept();
  }
  await server.stop();
  for (const [person, place] of [[rosa, 1], [kai, 2]] as const) {
    await person.cannotReach();
    await person.page.getByRole("button", { name: "Start calling" }).click();
    await person.page.getByLabel(/^How far the call to/).nth(place).selectOption("Reached");
    await expect(person.page.getByText("1 of 6 reached")).toBeVisible();
  }
  await server.startAgain();
  for (const person of [rosa, kai]) await expect(person.page.getByText("2 of 6 reached")).toBeVisible();
  // Kai's day is another one than Rosa's for most of the day; her round is the newest all the same.
  await rosa.page.getByRole("button", { name: "Start a new round" }).click();
  await rosa.page.getByRole("dialog").getByRole("button", { name: "Start a new round" }).click();
  for (const person of [rosa, kai]) await expect(person.page.getByText("0 of 6 reached")).toBeVisible();
  await rosa.page.getByLabel(/^How far the call to/).first().selectOption("Reached");
  for (const person of [rosa, kai]) await expect(person.page.getByText("1 of 6 reached")).toBeVisible();
  // What was marked in the earlier round can still be seen.
  await kai.page.getByLabel("Show the round of").selectOption({ index: 1 });
  await expect(kai.page.getByText("2 of 6 reached")).toBeVisible();
  await expect(rosa.page.getByText("1 of 6 reached")).toBeVisible();
  await kai.leave();
});

test("C21: whoever says who they are finds their own calls first, words are not cut, and only who speaks another language is told so", async () => {
  const { page } = rosa;
  await take(rosa, [...SEVEN.map((name, place) => `${name};+1 202 555 010${place};`), "Ho;+1 202 555 0110;Vietnamese", "Ida;+1 202 555 0111;Polish"], "Name;Phone;Speaks");
  await rosa.useList("Phone tree");
  const heads = page.getByRole("heading", { level: 2, name: / calls/ });
  await expect(heads).not.toHaveCount(0);
  // The one of two who calls is called by the other, or both by somebody of whom nothing is known.
  const foreign = await page.locator(".call").filter({ hasText: "no language in common" }).locator(".name").allTextContents();
  expect(foreign.filter((name) => !["Ho", "Ida"].includes(name))).toEqual([]);
  await page.getByRole("button", { name: "Start calling" }).click();
  const cut = await page.getByLabel(/^How far the call to/).first().evaluate((select: HTMLSelectElement) => {
    const asWide = select.cloneNode(true) as HTMLSelectElement;
    asWide.style.cssText = "flex: none; inline-size: max-content; max-inline-size: none";
    select.after(asWide);
    const missing = asWide.offsetWidth - select.offsetWidth;
    asWide.remove();
    return missing;
  });
  expect(cut).toBeLessThanOrEqual(0);
  const last = ((await heads.last().textContent()) ?? "").replace(/ calls$/, "");
  await rosa.openContact(last);
  await page.getByLabel("This is me").check();
  await rosa.go("Contacts");
  await rosa.useList("Phone tree");
  await expect(heads.first()).toHaveText(`${last} calls (you)`);
  await expect(page.getByText(/ calls you\.$/)).toBeVisible();
});

test("C21: nobody calls more than four, and whoever speaks one language only is called in it", async () => {
  const { page } = rosa;
  const english = ["Ana", "Ben", "Carla", "Dan", "Eva", "Fay", "Gus", "Hal"].map((name, place) => `${name};+1 202 555 010${place};English`);
  const vietnamese = ["Minh", "Ngoc", "Quan", "Thuy", "Vinh"].map((name, place) => `${name};+1 202 555 012${place};Vietnamese`);
  await take(rosa, [...english, ...vietnamese, "Zoe;+1 202 555 0130;English, Vietnamese"], "Name;Phone;Speaks");
  await rosa.useList("Phone tree");
  const callers = page.locator("section.caller");
  await expect(callers).not.toHaveCount(0);
  const called: string[] = [];
  for (const caller of await callers.all()) {
    const by = (await caller.getByRole("heading").innerText()).replace(/ calls$/, "");
    const whom = await caller.locator(".call .name").allTextContents();
    expect(whom.length, by).toBeLessThanOrEqual(4);
    called.push(...whom);
    for (const name of whom) {
      const both = [by, name].every((one) => one === "Zoe" || !/^(Minh|Ngoc|Quan|Thuy|Vinh)$/.test(one));
      const foreign = [by, name].every((one) => one === "Zoe" || /^(Minh|Ngoc|Quan|Thuy|Vinh)$/.test(one));
      expect(both || foreign, `${by} calls ${name}`).toBe(true);
    }
  }
  // Everybody is called once, but the one who begins.
  expect(called).toHaveLength(13);
  expect(new Set(called).size).toBe(13);
  await expect(page.getByText("no language in common")).toHaveCount(0);
  await expect(page.locator(".call").filter({ hasText: "Minh" })).toContainText("Vietnamese");
});

test("C21: the phone tree of forty people fits on one page of paper, of either size", async () => {
  await take(rosa, Array.from({ length: 40 }, (_, place) => `Person ${place};+1 202 555 01${String(place).padStart(2, "0")}`));
  await rosa.useList("Phone tree");
  await expect(rosa.page.locator(".call")).toHaveCount(39);
  for (const format of ["A4", "Letter"]) {
    const pdf = (await rosa.page.pdf({ format })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g), format).toHaveLength(1);
  }
});

test("C22: people are confirmed once a year, or dropped", async () => {
  const { page } = rosa;
  await take(rosa, ["Ana;+1 202 555 0190", "Ben;+1 202 555 0191"]);
  await rosa.useList("Confirm yearly");
  // Whoever was just written down is known to be right.
  await expect(page.getByText("Everybody was asked within a year.")).toBeVisible();
  await rosa.go("Contacts");
  await inTwoYears(page);
  await rosa.useList("Confirm yearly");
  await expect(page.getByText("never confirmed")).toHaveCount(2);
  await page.getByRole("button", { name: "All is right: Ana" }).click();
  await expect(page.getByRole("button", { name: "All is right: Ana" })).toBeHidden();
  await page.getByRole("button", { name: "Drop Ben" }).click();
  await page.getByRole("button", { name: "Remove for everyone" }).click();
  await expect(page.getByText("Everybody was asked within a year.")).toBeVisible();
  await rosa.go("Contacts");
  await expect(rosa.line("Ana")).toBeVisible();
  await expect(rosa.line("Ben")).toBeHidden();
});
