// Decisions: everybody answers when they can, the log's order counts, and the outcome is one sentence.

import { expect, test, type Browser } from "@playwright/test";
import { PHONE } from "../chromium";
import { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

const TITLE = "Buy ten blankets";

async function propose(person: Person, title: string, more: () => Promise<void> = async () => {}): Promise<void> {
  await person.go("Notes");
  await person.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await person.page.getByRole("link", { name: "New decision" }).click();
  await person.page.getByLabel("What is proposed or asked?").fill(title);
  await more();
  await person.page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(person.page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

/** Ben joins and has the decision open. */
async function withBen(browser: Browser, title: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Person> {
  const place = rosa.page.url();
  const ben = await Person.with(browser, "Ben", options);
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Notes");
  await ben.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await expect(ben.page.getByRole("heading", { level: 2, name: "Needs your answer" })).toBeVisible();
  await ben.page.getByRole("link", { name: new RegExp(`^${title}`) }).click();
  await rosa.page.goto(place);
  return ben;
}

async function answer(person: Person, words: string): Promise<void> {
  await person.page.getByLabel(words, { exact: true }).check();
  await person.page.getByRole("button", { name: "Give this answer" }).click();
}

/** Rosa closes it for everyone, once she has been asked whether she means it. */
async function closeNow(): Promise<void> {
  await rosa.page.getByRole("button", { name: "Rules and deadline" }).click();
  await rosa.page.getByRole("button", { name: "Close it now" }).click();
  await rosa.page.getByRole("button", { name: "Yes, close it" }).click();
}

function sentence(person: Person) {
  return person.page.locator(".outcome strong");
}

test("D24: a day that is over, and more people than there are, are refused where they were typed, and answers go on counting", async ({ browser }) => {
  await propose(rosa, TITLE);
  const ben = await withBen(browser, TITLE);
  await answer(ben, "Agree");
  const { page } = rosa;
  await page.getByRole("button", { name: "Rules and deadline" }).click();
  const dialog = page.getByRole("dialog", { name: "Rules and deadline" });
  const [quorum, until] = [dialog.getByLabel("How many must answer?"), dialog.getByLabel("Until when")];
  const save = dialog.getByRole("button", { name: "Save" });
  await until.fill("2026-01-01T10:00");
  await quorum.fill("999");
  await save.click();
  await expect(until).toHaveAccessibleDescription("This day is over. Choose a later one.");
  await expect(quorum).toHaveAccessibleDescription(/That is more than can answer: 2 at most\.$/);
  await quorum.fill("most of us");
  await save.click();
  await expect(quorum).toHaveAccessibleDescription(/This is neither a number of people \(5\) nor a part of them \(50%\)\.$/);
  await expect(until).toHaveValue("2026-01-01T10:00");
  await expect(sentence(ben)).toHaveText("Open: 1 of 2 have answered (1 needed).");
  await quorum.fill("2");
  await until.fill("2099-01-01T10:00");
  await save.click();
  await expect(dialog).toBeHidden();
  await expect(sentence(ben)).toHaveText("Open: 1 of 2 have answered (2 needed).");
  await ben.leave();
});

test("D24: all answer when they can, also without a network, and the outcome is one sentence in the minutes", async ({ browser }) => {
  await rosa.go("Notes");
  await rosa.page.getByRole("button", { name: "New minutes" }).click();
  await rosa.page.getByRole("button", { name: "Done writing" }).click();
  await rosa.page.getByRole("link", { name: "New decision" }).click();
  await rosa.page.getByLabel("What is proposed or asked?").fill(TITLE);
  await rosa.page.getByRole("button", { name: "Ask everyone" }).click();
  await answer(rosa, "Agree");
  await expect(rosa.page.getByText("You have answered.")).toBeVisible();
  const ben = await withBen(browser, TITLE);
  await expect(sentence(ben)).toHaveText("Open: 1 of 2 have answered (1 needed).");
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await answer(ben, "Abstain");
  await expect(ben.page.getByText("Your answer waits to be sent. It is not counted yet.")).toBeVisible();
  // Nobody who has answered is asked again, though it does not count yet.
  await expect(ben.page.getByText(/^No answer yet/)).toBeHidden();
  await ben.page.getByRole("link", { name: "All decisions" }).click();
  await expect(ben.page.getByRole("heading", { level: 2, name: "Open" })).toBeVisible();
  await expect(ben.page.getByText("Needs your answer")).toHaveCount(0);
  await ben.go("Now");
  await expect(ben.page.getByRole("heading", { level: 2, name: "Not sent yet" })).toBeVisible();
  await expect(ben.page.getByRole("link", { name: new RegExp(TITLE) })).toHaveCount(0);
  await ben.page.goBack();
  await ben.page.getByRole("link", { name: new RegExp(`^${TITLE}`) }).click();
  await expect(rosa.page.getByText("No answer yet: Ben")).toBeVisible();
  await server.startAgain();
  await expect(ben.page.getByText("You have answered.")).toBeVisible();
  await expect(sentence(rosa)).toHaveText("Open: 2 of 2 have answered (1 needed).");
  await closeNow();
  for (const person of [rosa, ben]) await expect(sentence(person)).toHaveText("Agreed: 1 agrees and 1 abstains; 2 of 2 answered.");
  await rosa.go("Notes");
  await rosa.page.getByRole("link", { name: /^Meeting/ }).click();
  await expect(rosa.page.getByRole("link", { name: new RegExp(`${TITLE}.*Agreed: 1 agrees and 1 abstains`) })).toBeVisible();
});

test("D24: whoever blocks says why, and an organizer writes down the answer of somebody without a phone", async ({ browser }) => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await propose(rosa, TITLE);
  const ben = await withBen(browser, TITLE);
  await ben.page.getByLabel("Block", { exact: true }).check();
  await expect(ben.page.getByRole("button", { name: "Give this answer" })).toBeDisabled();
  await ben.page.getByLabel("Why do you block it? Everyone reads this.").fill("There is no money");
  await ben.page.getByRole("button", { name: "Give this answer" }).click();
  await expect(ben.page.getByText("You have answered.")).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Answer for somebody without a phone" })).toBeHidden();
  await rosa.page.getByRole("button", { name: "Answer for somebody without a phone" }).click();
  const dialog = rosa.page.getByRole("dialog");
  await dialog.getByLabel("Whose answer is it? Type the name.").fill("tran");
  await dialog.getByRole("button", { name: "Mrs. Tran" }).click();
  await dialog.getByLabel("Agree", { exact: true }).check();
  await dialog.getByLabel("On which day?").fill("2026-05-02");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(ben.page.getByRole("listitem").filter({ hasText: "Mrs. Tran" })).toContainText("told to Rosa, by phone, Sat, May 2");
  await closeNow();
  for (const person of [rosa, ben]) await expect(sentence(person)).toHaveText("Blocked by Ben (“There is no money”).");
});

test("D24: changing the words deletes nobody's answer: they are asked again", async ({ browser }) => {
  await propose(rosa, TITLE);
  const ben = await withBen(browser, TITLE);
  await answer(ben, "Agree");
  await expect(ben.page.getByText("You have answered.")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Change the words" }).click();
  await rosa.page.getByRole("dialog").getByLabel("What is proposed or asked?").fill("Buy twenty blankets");
  await rosa.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(ben.page.getByRole("heading", { level: 1, name: "Buy twenty blankets" })).toBeVisible();
  await expect(ben.page.getByText("The words have changed since you answered.", { exact: false })).toBeVisible();
  await expect(ben.page.getByRole("listitem").filter({ hasText: "Ben" })).toContainText("Agree, to other words; asked again");
  await answer(ben, "Disagree");
  await expect(ben.page.getByRole("listitem").filter({ hasText: "Disagree" })).toContainText("Ben");
  await ben.isSent();
  await expect(ben.page.getByText("1 earlier answer")).toBeVisible();
});

test("D24: an answer that comes after closing is shown as late and not counted", async ({ browser }) => {
  await propose(rosa, TITLE, async () => void (await rosa.page.getByLabel("How many must answer?").selectOption("It does not matter")));
  const ben = await withBen(browser, TITLE);
  await answer(rosa, "Agree");
  await expect(sentence(ben)).toHaveText("Open: 1 of 2 have answered.");
  const place = ben.page.url();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await answer(ben, "Disagree");
  await expect(ben.page.getByText("Your answer waits to be sent. It is not counted yet.")).toBeVisible();
  // Ben's phone is off while Rosa closes it.
  await ben.page.close();
  await server.startAgain();
  await rosa.isSent();
  await closeNow();
  await expect(sentence(rosa)).toHaveText("Agreed: 1 agrees; 1 of 2 answered.");
  ben.page = await ben.context.newPage();
  await ben.page.goto(place);
  for (const person of [rosa, ben]) {
    await person.page.getByText("1 answer that does not count").click();
    await expect(person.page.getByText("Came after closing, not counted")).toBeVisible();
    await expect(sentence(person)).toHaveText("Agreed: 1 agrees; 1 of 2 answered.");
  }
});

test("D24: a decision closes by itself at its time, by the server's clock, and counts what was answered until then", async ({ browser }) => {
  await propose(rosa, TITLE, async () => {
    await rosa.page.getByLabel("Until when can people answer?").selectOption("own");
    await rosa.page.getByLabel("Day and time, by this phone's clock").fill(minuteFromNow(2));
  });
  await answer(rosa, "Agree");
  const ben = await withBen(browser, TITLE);
  await expect(sentence(ben)).toHaveText("Open: 1 of 2 have answered (1 needed).");

  // Before its time whatever is written leaves it open; after its time the first thing that is written closes it.
  for (const [hours, name, outcome] of [
    [1, "Mrs. Tran", "Open: 1 of 2 have answered (1 needed)."],
    [3, "Leo", "Agreed: 1 agrees; 1 of 2 answered."],
  ] as const) {
    await server.stop();
    await server.startAgainLater(hours);
    const place = ben.page.url();
    await ben.addContact(name, "+1 202 555 0190");
    await ben.isSent();
    await ben.page.goto(place);
    for (const person of [rosa, ben]) await expect(sentence(person)).toHaveText(outcome);
  }
  for (const person of [rosa, ben]) {
    await expect(person.page.getByText(/· closed /)).toBeVisible();
    await expect(person.page.getByRole("button", { name: "Give this answer" })).toBeHidden();
  }
});

/** So many hours from now, as somebody there types it. */
function minuteFromNow(hours: number): string {
  const minute = new Intl.DateTimeFormat("sv-SE", { timeZone: PHONE.timezoneId, dateStyle: "short", timeStyle: "short" });
  return minute.format(Date.now() + hours * 3_600_000).replace(" ", "T");
}

test("D24: days to choose from are the same days on the other side of the world", async ({ browser }) => {
  await propose(rosa, "When do we meet?", async () => {
    await rosa.page.getByLabel("A day that suits").check();
    await rosa.page.getByLabel("Option 1").fill("2026-09-24");
    await rosa.page.getByLabel("Option 2").fill("2026-09-17");
  });
  const ben = await withBen(browser, "When do we meet", { timezoneId: "Pacific/Auckland", locale: "en-NZ" });
  await expect(ben.page.locator("legend")).toHaveText(["Thursday, 17 September 2026", "Thursday, 24 September 2026"]);
  await expect(rosa.page.locator("legend")).toHaveText(["Thursday, September 17, 2026", "Thursday, September 24, 2026"]);
  const day = ben.page.getByRole("group", { name: /^Thursday, 24/ });
  await day.getByLabel("Agree", { exact: true }).check();
  // Half an answer is none: which day is missing is said.
  await expect(ben.page.getByText("Still to be answered: Thursday, 17 September 2026")).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Give this answer" })).toBeDisabled();
  await ben.page.getByRole("group", { name: /^Thursday, 17/ }).getByLabel("Abstain", { exact: true }).check();
  await ben.page.getByRole("button", { name: "Give this answer" }).click();
  await expect(ben.page.getByText("You have answered.")).toBeVisible();
  await closeNow();
  await expect(sentence(rosa)).toHaveText("Chosen: Thursday, September 24, 2026, with 1 in favor; 1 of 2 answered.");
});

test("D24: what was typed of a proposal is still there after the page went away", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await page.getByRole("link", { name: "Decisions", exact: true }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(page.getByText("Please write what is proposed.")).toBeVisible();
  await page.getByLabel("What is proposed or asked?").fill(TITLE);
  await expect.poll(() => rosa.draftText()).toContain(TITLE);
  await page.reload();
  await expect(page.getByLabel("What is proposed or asked?")).toHaveValue(TITLE);
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Decisions" })).toBeVisible();
  await expect.poll(() => rosa.draftText()).not.toContain(TITLE);
});

test("D24: nobody is offered a block where it would block nothing", async () => {
  await propose(rosa, TITLE, async () => void (await rosa.page.getByLabel(/^By majority/).check()));
  await expect(rosa.page.getByLabel("Disagree", { exact: true })).toBeVisible();
  await expect(rosa.page.getByLabel("Block", { exact: true })).toBeHidden();
});

test("D24: a phone whose clock is ten days behind closes no decision, and says that its clock is wrong", async ({ browser }) => {
  const late = await Person.with(browser, "Kai");
  await late.join(await rosa.invite(), "Elm Street");
  const [worker] = late.page.workers();
  for (const place of [worker, late.page]) {
    await place?.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() - 10 * 24 * 3_600_000;
    });
  }
  await propose(late, "Ten days behind");
  await late.isSent();
  await expect(sentence(late)).toHaveText(/^Open: /);
  await expect(late.page.getByText(/^This phone's clock says .+, the group's server says /)).toBeVisible();
  await rosa.go("Notes");
  await rosa.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await rosa.page.getByRole("link", { name: /^Ten days behind/ }).click();
  await expect(sentence(rosa)).toHaveText(/^Open: /);
  await expect(rosa.page.getByText(/^This phone's clock says /)).toBeHidden();
  await late.leave();
});

test("D24: a decision is proposed and answered with the keyboard alone", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await rosa.press(/^Decisions$/);
  await rosa.press(/^New decision$/);
  await rosa.focus(/^What is proposed or asked\?$/);
  await page.keyboard.type(TITLE);
  await rosa.press(/^Ask everyone$/);
  await expect(page.getByRole("heading", { level: 1, name: TITLE })).toBeVisible();
  await rosa.focus(/^Agree$/);
  await page.keyboard.press("Space");
  await rosa.press(/^Give this answer$/);
  await expect(page.getByText("You have answered.")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Rosa" })).toContainText("Agree");
});

test("D24: a day that is over is told in the form, and nothing is proposed that nobody can answer", async () => {
  await rosa.go("Notes");
  await rosa.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await rosa.page.getByRole("link", { name: "New decision" }).click();
  await rosa.page.getByLabel("What is proposed or asked?").fill("Paint the gate?");
  await rosa.page.getByLabel("Until when can people answer?").selectOption("own");
  const until = rosa.page.getByLabel("Day and time, by this phone's clock");
  await rosa.page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(rosa.page.getByText("Choose a day and a time.")).toBeVisible();
  await until.fill("2020-11-01T10:00");
  await rosa.page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(rosa.page.getByText("This day is over. Choose a later one.")).toBeVisible();
  await until.fill("2190-11-01T10:00");
  await rosa.page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Paint the gate?" })).toBeVisible();
});

test("A2: the address of a group that is not on this phone says so, and leads to one's own groups", async () => {
  const own = rosa.page.url();
  await rosa.page.goto(own.replace(/\/group\/[0-9a-f]+.*/, "/group/deadbeef/now"));
  await expect(rosa.page.getByRole("heading", { level: 1, name: "This phone is not in that group" })).toBeVisible();
  await expect(rosa.page.getByText("I was invited")).toBeHidden();
  await rosa.page.getByRole("link", { name: "Elm Street" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  const home = rosa.page.url().replace(/(\/group\/[0-9a-f]+).*/, "$1");
  await rosa.page.goto(`${home}/contacts/none/edit`);
  await expect(rosa.page.getByText("This contact is not on this phone.")).toBeVisible();
  await expect(rosa.page.getByLabel("Name", { exact: true })).toBeHidden();
  await rosa.page.goto(`${server.url}/#/move/AAAA`);
  await expect(rosa.page.getByText("This link is damaged: a part of it is missing.", { exact: false })).toBeVisible();
  await expect(rosa.page.getByText("An organizer moved the group")).toBeHidden();
});

test("A1: the address of a note or a decision that is not on this phone is no empty one", async () => {
  const home = rosa.page.url().replace(/(\/group\/[0-9a-f]+).*/, "$1");
  await rosa.page.goto(`${home}/notes/none`);
  await expect(rosa.page.getByText("This note is not on this phone.")).toBeVisible();
  await expect(rosa.page.getByRole("button", { name: "Write" })).toBeHidden();
  await rosa.page.goto(`${home}/decisions/none`);
  await expect(rosa.page.getByText("This decision is not on this phone.")).toBeVisible();
  await expect(rosa.page.getByText(/have answered/)).toBeHidden();
});

test("D24: where two change what is asked of options, both wordings are shown and the other's answer is asked again", async ({ browser }) => {
  await propose(rosa, "Fence", async () => {
    await rosa.page.getByLabel("Several options").check();
    await rosa.page.getByLabel("Option 1").fill("Red");
    await rosa.page.getByLabel("Option 2").fill("Blue");
  });
  await rosa.isSent();
  const ben = await withBen(browser, "Fence");
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  for (const person of [ben, rosa]) {
    await person.cannotReach();
    await person.page.getByRole("button", { name: "Change the words" }).click();
    await person.page.getByLabel("What is proposed or asked?").fill(`Fence of ${person.name}`);
    await person.page.getByRole("button", { name: "Save" }).click();
    await expect(person.page.getByRole("heading", { level: 1, name: `Fence of ${person.name}` })).toBeVisible();
  }
  await server.startAgain();
  await rosa.isSent();
  await ben.isSent();
  const notice = (person: Person) => person.page.locator("section.notice").filter({ hasText: "at the same time, without knowing of it" });
  for (const person of [rosa, ben]) {
    await expect(notice(person)).toContainText("Fence of Rosa");
    await expect(notice(person)).toContainText("Fence of Ben");
  }
  const title = await rosa.page.getByRole("heading", { level: 1 }).textContent();
  await rosa.page.getByRole("button", { name: `Keep “${title}”` }).click();
  await expect(notice(ben)).toBeHidden();
  await expect(ben.page.getByRole("heading", { level: 1, name: title ?? "" })).toBeVisible();
  await ben.leave();
});

test("D24: whoever answered to some of the options as they are now is not said to have given no answer", async ({ browser }) => {
  await propose(rosa, "Gate", async () => {
    await rosa.page.getByLabel("Several options").check();
    await rosa.page.getByLabel("Option 1").fill("Red");
    await rosa.page.getByLabel("Option 2").fill("Blue");
  });
  await rosa.isSent();
  const ben = await withBen(browser, "Gate");
  for (const option of ["Red", "Blue"]) await ben.page.getByRole("group", { name: option }).getByLabel("Agree", { exact: true }).check();
  await ben.page.getByRole("button", { name: "Give this answer" }).click();
  await expect(rosa.page.getByText("No answer yet: Rosa")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Change the words" }).click();
  await rosa.page.getByLabel("Option 2").fill("Green");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  for (const person of [rosa, ben]) {
    await expect(person.page.getByText("Still to answer some of it: Ben")).toBeVisible();
    await expect(person.page.getByText("No answer yet: Rosa")).toBeVisible();
  }
  // An option with answers is taken off only after a question, and stays to be read.
  await rosa.page.getByRole("button", { name: "Change the words" }).click();
  await rosa.page.getByLabel("Option 1").fill("");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("alert").filter({ hasText: "“Red” has answers: 1 agrees." })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Take it off and save" }).click();
  for (const person of [rosa, ben]) {
    const off = person.page.locator("p").filter({ has: person.page.locator("s", { hasText: "Red" }) });
    await expect(off).toContainText("taken off by Rosa; its answers do not count");
    await expect(off).toContainText("Ben: Agree");
  }
  await ben.leave();
});
