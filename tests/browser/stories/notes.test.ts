// Notes: minutes with an agenda, tasks with owner and day, two people who write at once, and the way back.

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

/** Begins the minutes of a meeting and writes its title and text. */
async function begin(person: Person, title: string, text: string): Promise<void> {
  await person.go("Notes");
  await person.page.getByRole("button", { name: "New minutes" }).click();
  await person.page.getByLabel("Title").fill(title);
  await person.page.getByLabel("Text", { exact: true }).fill(text);
  await finish(person);
}

async function finish(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: "Done writing" }).click();
  await expect(person.page.getByRole("button", { name: "Write", exact: true })).toBeVisible();
}

async function openNote(person: Person, title: string): Promise<void> {
  await person.go("Notes");
  await person.page.getByRole("link", { name: new RegExp(`^${title}`) }).click();
  await expect(person.page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

test("D23: minutes begin with an agenda and are on the phone while one types", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await expect(page.getByText("Nothing is written yet.", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "New minutes" }).click();
  const text = page.getByLabel("Text", { exact: true });
  await expect(text).toHaveValue(/^## Agenda\n- Welcome, who takes notes\n/);
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await page.getByLabel("Title").fill("May meeting");
  await page.getByLabel("Where").fill("Library");
  await text.focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("bring chairs");
  await page.keyboard.press("Enter");
  await page.keyboard.type("call the library");
  await expect(text).toHaveValue(/- \[ \] bring chairs\n- \[ \] call the library$/);
  // Nothing was said to be done: the page just goes away, as when a phone needs memory.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(rosa.status).toHaveText(/saved on this phone$/);
  await expect.poll(() => noteText(rosa)).toContain("call the library");
  await page.reload();
  await expect(page.getByLabel("Text", { exact: true })).toHaveValue(/call the library$/);
  await expect(page.getByLabel("Where")).toHaveValue("Library");
  await finish(rosa);
  await expect(page.getByRole("heading", { level: 1, name: "May meeting" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "Agenda" })).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "call the library" })).not.toBeChecked();
});

/** What the device has of the note that is open, in a second tab. */
async function noteText(person: Person): Promise<string> {
  const other = await person.context.newPage();
  await other.goto(person.page.url().replace(/\/write$/, ""));
  await other.getByRole("button", { name: "Write", exact: true }).waitFor();
  const text = await other.locator("article").innerText();
  await other.close();
  return text;
}

test("D23: tasks have an owner and a day, and all that are open are in one list, mine first", async () => {
  const { page } = rosa;
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await begin(rosa, "May meeting", "## Tasks\n- [ ] bring chairs @Rosa due:2020-05-03\n- [ ] order gloves\n- [x] done long ago");
  await page.getByRole("button", { name: "Owner and day of: order gloves" }).click();
  await page.getByLabel("Who does it").fill("Mrs. Tran");
  await page.getByLabel("Until which day").fill("2999-05-03");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Mrs. Tran")).toBeVisible();
  await begin(rosa, "June meeting", "- [ ] write to the city");
  await page.getByRole("link", { name: "All notes" }).click();
  await expect(page.getByRole("link", { name: /^May meeting.*2 open tasks/ })).toBeVisible();
  await page.getByRole("link", { name: "Tasks", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Open tasks" })).toBeVisible();
  const boxes = page.getByRole("checkbox");
  await expect(boxes).toHaveCount(3);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Mine", "All others"]);
  await expect(page.getByText("was due May 3, 2020", { exact: false })).toBeVisible();
  // Not `check`, which looks at it afterwards: what is done leaves the list.
  await page.getByRole("checkbox", { name: "bring chairs" }).click();
  await expect(boxes).toHaveCount(2);
  await page.getByRole("link", { name: "May meeting" }).click();
  await expect(page.getByRole("checkbox", { name: "bring chairs" })).toBeChecked();
});

test("D23: who was there is written down by name", async () => {
  const { page } = rosa;
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await begin(rosa, "May meeting", "words");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  // The text is what people come for: there is room for some lines of it on the screen, and nobody is offered unasked.
  const text = await page.getByLabel("Text", { exact: true }).boundingBox();
  expect(text?.y).toBeLessThan(740 - 200);
  await expect(page.getByRole("button", { name: "Rosa", exact: true })).toBeHidden();
  await page.getByLabel("Add somebody by name").tap();
  await expect(page.getByRole("button", { name: "Mrs. Tran", exact: true })).toBeHidden();
  await page.getByRole("button", { name: "Rosa", exact: true }).tap();
  await page.getByLabel("Add somebody by name").fill("tra");
  await page.keyboard.press("Enter");
  await page.getByLabel("How Mrs. Tran was there").selectOption("Came late");
  await page.getByLabel("Add somebody by name").fill("A guest");
  await page.getByRole("button", { name: "A guest, who is in no list" }).click();
  await finish(rosa);
  await expect(page.locator("dl")).toHaveText(/There\s*A guest and Rosa\s*Came late\s*Mrs\. Tran/);
});

test("D23: two people write in the same note without a network: both texts are there, in the same order, and the caret stays", async ({ browser }) => {
  await begin(rosa, "May meeting", "first line\nlast line");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await openNote(ben, "May meeting");
  await openNote(rosa, "May meeting");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await ben.cannotReach();
  const area = (person: Person) => person.page.getByLabel("Text", { exact: true });
  for (const person of [rosa, ben]) await person.page.getByRole("button", { name: "Write", exact: true }).click();
  await area(rosa).fill("Rosa's line\nfirst line\nlast line");
  await area(ben).fill("first line\nBen's line\nlast line, longer");
  await finish(ben);
  // Rosa's caret stands before "last line" while Ben's text comes in.
  await area(rosa).evaluate((element: HTMLTextAreaElement) => {
    const place = element.value.indexOf("last line");
    element.setSelectionRange(place, place);
  });
  await server.startAgain();
  await expect(area(rosa)).toHaveValue("Rosa's line\nfirst line\nBen's line\nlast line, longer");
  await expect(area(rosa)).toBeFocused();
  await rosa.page.keyboard.type("my ");
  await expect(area(rosa)).toHaveValue("Rosa's line\nfirst line\nBen's line\nmy last line, longer");
  await finish(rosa);
  await rosa.isSent();
  const told = (person: Person) => person.page.locator("article .body p");
  for (const person of [rosa, ben]) {
    await expect(told(person)).toHaveText(["Rosa's line", "first line", "Ben's line", "my last line, longer"]);
  }
});

test("D23: merely opening a note writes nothing", async () => {
  await begin(rosa, "May meeting", "- [ ] keys");
  await rosa.isSent();
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await openNote(rosa, "May meeting");
  await rosa.page.getByText("Who wrote what").click();
  await expect(rosa.page.locator("details li")).toHaveCount(1);
  await rosa.page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(rosa.page.getByLabel("Text", { exact: true })).toHaveValue("- [ ] keys");
  await finish(rosa);
  await rosa.page.getByRole("link", { name: "This phone", exact: true }).click();
  await expect(rosa.page.getByText("Last sent:", { exact: false })).toBeVisible();
  await expect(rosa.page.getByText("waits to be sent", { exact: false })).toBeHidden();
});

test("D23: the history says who wrote what and gives it back", async ({ browser }) => {
  await begin(rosa, "May meeting", "Rosa's line");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await openNote(ben, "May meeting");
  await ben.page.getByRole("button", { name: "Write", exact: true }).click();
  await ben.page.getByLabel("Text", { exact: true }).fill("Ben was here");
  await finish(ben);
  await ben.isSent();
  await openNote(rosa, "May meeting");
  await expect(rosa.page.locator("article .body p")).toHaveText(["Ben was here"]);
  await rosa.page.getByText("Who wrote what").click();
  await rosa.page.getByRole("button", { name: /^Ben, / }).click();
  const changes = rosa.page.locator("details .changes");
  await expect(changes.locator("ins")).toHaveText(["Ben was here"]);
  await expect(changes.locator("del")).toHaveText(["Rosa's line"]);
  await rosa.page.getByRole("button", { name: /^Rosa, / }).click();
  await expect(changes.locator("ins").filter({ hasText: "Rosa's line" })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Make it as it was then" }).click();
  await rosa.page.getByRole("dialog").getByRole("button", { name: "Make it as it was then" }).click();
  await expect(rosa.page.locator("article .body p")).toHaveText(["Rosa's line"]);
  await rosa.isSent();
  await expect(ben.page.locator("article .body p")).toHaveText(["Rosa's line"]);
});

test("D23: notes are found by their words, and one that was removed can be put back", async () => {
  const { page } = rosa;
  await begin(rosa, "May meeting", "the library roof");
  await begin(rosa, "June meeting", "winter coats");
  await page.getByRole("link", { name: "All notes" }).click();
  await page.getByLabel("Search the notes").fill("roof lib");
  await expect(page.getByText("1 found")).toBeVisible();
  await page.getByRole("link", { name: /^May meeting/ }).click();
  const place = page.url();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove for everyone" }).click();
  await expect(page.getByText("1 note", { exact: true })).toBeVisible();
  await page.goto(place);
  await page.getByRole("button", { name: "Put back" }).click();
  await expect(page.getByText("the library roof")).toBeVisible();
});

test("D23, A1: a note that one removed while another wrote in it is asked about on Now", async ({ browser }) => {
  await begin(rosa, "May meeting", "the library roof");
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  const place = rosa.page.url();
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Notes");
  await ben.page.getByRole("link", { name: /^May meeting/ }).click();
  await ben.page.getByRole("button", { name: "Write" }).click();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await ben.page.getByLabel("Text", { exact: true }).fill("the library roof leaks");
  await ben.page.getByRole("button", { name: "Done writing" }).click();
  await rosa.page.goto(place);
  await rosa.page.getByRole("button", { name: "Remove" }).click();
  await rosa.page.getByRole("button", { name: "Remove for everyone" }).click();
  await server.startAgain();
  for (const person of [rosa, ben]) {
    await person.go("Now");
    await expect(person.page.getByRole("link", { name: /^May meeting\s*Question/ })).toBeVisible();
  }
  await ben.page.getByRole("link", { name: /^May meeting/ }).click();
  await ben.page.getByRole("button", { name: "Keep" }).click();
  await rosa.go("Now");
  await expect(rosa.page.getByRole("link", { name: /^May meeting/ })).toHaveCount(0);
  await ben.leave();
});

test("D23: a note is written with the keyboard alone", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await rosa.press(/^New minutes$/);
  await rosa.focus(/^Title$/);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("May meeting");
  await rosa.focus(/^Text$/);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("- [ ] bring chairs");
  await rosa.press(/^Done writing$/);
  await expect(page.getByRole("heading", { level: 1, name: "May meeting" })).toBeVisible();
  await rosa.focus(/^bring chairs$/);
  await page.keyboard.press("Space");
  await expect(page.getByRole("checkbox", { name: "bring chairs" })).toBeChecked();
  await rosa.press(/^Owner and day of: bring chairs$/);
  await rosa.focus(/^Who does it$/);
  await page.keyboard.type("Rosa");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Rosa", { exact: true })).toBeVisible();
});

test("D23: undo takes back what this person typed last, never what others wrote, and puts nothing at a wrong place", async ({ browser }) => {
  const { page } = rosa;
  await begin(rosa, "Diary", "First line.\nSecond line.");
  await rosa.isSent();
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  await ben.join(link, "Elm Street");
  await openNote(rosa, "Diary");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  const text = page.getByLabel("Text", { exact: true });
  await text.focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type("Hello");
  await page.keyboard.press("Enter");
  await page.keyboard.type("- milk");
  await page.keyboard.press("Enter");
  await page.keyboard.type("bread");
  await expect(text).toHaveValue("Hello\n- milk\n- bread");
  await rosa.isSent();

  // Ben writes above it, and it comes in while Rosa looks.
  await openNote(ben, "Diary");
  await ben.page.getByRole("button", { name: "Write", exact: true }).click();
  const his = ben.page.getByLabel("Text", { exact: true });
  await expect(his).toHaveValue(/bread$/);
  await his.press("Control+Home");
  await his.pressSequentially("From Ben\n");
  await expect(text).toHaveValue("From Ben\nHello\n- milk\n- bread");

  // All of Rosa's typing goes, step by step, and what she had deleted is there again; Ben's line stays.
  const seen: string[] = [];
  await text.focus();
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press("Control+z");
    seen.push(await text.inputValue());
  }
  const wanted = ["From Ben\nHello\n- milk\n- bread", "From Ben\nFirst line.\nSecond line."];
  expect(seen.filter((one) => !wanted.some((whole) => whole.startsWith(one)))).toEqual([]);
  await expect(text).toHaveValue("From Ben\nFirst line.\nSecond line.");
  await page.keyboard.press("Control+Shift+z");
  expect(await text.inputValue()).toBe("From Ben\n");
  await page.keyboard.press("Control+z");
  await expect(his).toHaveValue("From Ben\nFirst line.\nSecond line.");
  await ben.leave();
});

test("A1, D23: what is too long for a note is told at once under it, and stays on the screen until it is short enough", async () => {
  await rosa.go("Notes");
  await rosa.page.getByRole("button", { name: "Empty note" }).click();
  const text = rosa.page.getByLabel("Text", { exact: true });
  await text.fill("a word ".repeat(200_000));
  await expect(rosa.page.getByText("This is too much at once.")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Done writing" }).click();
  await text.fill("a word");
  await expect(rosa.page.getByText("This is too much at once.")).toBeHidden();
  await rosa.page.getByRole("button", { name: "Done writing" }).click();
  await expect(rosa.page.getByRole("button", { name: "Write", exact: true })).toBeVisible();
  await expect(rosa.page.getByText("a word")).toBeVisible();
});
