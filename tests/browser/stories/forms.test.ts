// Forms that are open while somebody else writes: nothing that either of them wrote is lost.

import { expect, test } from "@playwright/test";
import { ask, groupOf } from "../asking";
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

/** Waits until a person's device knows some words, whatever their screen shows. */
async function hasHeard(person: Person, request: object, words: string): Promise<void> {
  await expect.poll(async () => JSON.stringify(await ask(person, request))).toContain(words);
}

test("B14: of a hand-over that two write at the same time both notes are there, and whom to call stays", async () => {
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 2 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("link").click();
  await rosa.page.getByRole("button", { name: "Write a hand-over" }).click();
  await rosa.page.getByLabel("What should the next know?").fill("The side door sticks.");

  await ben.page.getByRole("button", { name: "Write a hand-over" }).click();
  await ben.page.getByLabel("What should the next know?").fill("The lamp is out.");
  await ben.page.getByLabel("Whom to call").fill("Chidi");
  await ben.page.getByRole("button", { name: "Save" }).click();
  const shift = /shifts\/([^/]+)$/.exec(rosa.page.url())?.[1] ?? "";
  await hasHeard(rosa, { do: "shifts", group: groupOf(rosa), ask: { shift: { shift: decodeURIComponent(shift) } } }, "The lamp is out.");
  await rosa.page.getByRole("button", { name: "Save" }).click();

  for (const person of [rosa, ben]) {
    const passed = person.page.getByRole("region", { name: "For the next shift" });
    await expect(passed).toContainText("The side door sticks.");
    await expect(passed).toContainText("The lamp is out.");
    await expect(passed).toContainText("Chidi");
  }
  // Whoever writes it anew has both before them, and settles it.
  await ben.page.getByRole("button", { name: "Write a hand-over" }).click();
  await ben.page.getByLabel("What should the next know?").fill("Lamp out, side door sticks.");
  await ben.page.getByRole("button", { name: "Save" }).click();
  for (const person of [rosa, ben]) {
    const passed = person.page.getByRole("region", { name: "For the next shift" });
    await expect(passed).toContainText("Lamp out, side door sticks.");
    await expect(passed).not.toContainText("The lamp is out.");
  }
});

test("B14, D24: a form whose button is tapped twice, as on a slow phone, is sent once", async () => {
  /** Both taps come before the page could say that the first did it. */
  const tapTwice = async (name: string) => {
    const button = rosa.page.getByRole("button", { name });
    await expect(button).toBeEnabled();
    await button.evaluate((button: HTMLButtonElement) => {
      button.click();
      button.click();
    });
  };
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 2 });
  await rosa.page.getByRole("button", { name: "Write a hand-over" }).click();
  await rosa.page.getByLabel("What should the next know?").fill("The side door sticks.");
  await rosa.page.getByLabel("An open task").fill("Call Mrs. Tran");
  await tapTwice("Save");
  await expect(rosa.page.getByRole("button", { name: "Write a hand-over" })).toBeVisible();
  await rosa.isSent();
  await expect(rosa.page.getByRole("checkbox", { name: "Call Mrs. Tran" })).toHaveCount(1);

  await rosa.go("Notes");
  await rosa.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await rosa.page.getByRole("link", { name: "New decision" }).click();
  await rosa.page.getByLabel("What is proposed or asked?").fill("Paint the gate?");
  await tapTwice("Ask everyone");
  await rosa.page.getByLabel("Agree", { exact: true }).check();
  await tapTwice("Give this answer");
  await expect(rosa.page.getByText("You have answered.")).toBeVisible();
  await rosa.isSent();
  await expect(rosa.page.getByText(/that does not count/)).toBeHidden();
  await rosa.go("Notes");
  await rosa.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await expect(rosa.page.getByRole("link", { name: /^Paint the gate/ })).toHaveCount(1);
});

test("A1: whoever goes on while a form is still being kept stays where they went", async () => {
  const { page } = rosa;
  const link = page.locator(".frame > nav").getByRole("link", { name: "Shifts" });
  /** The second tap comes before the first is through, as on a slow phone. */
  const tapAndGo = async (name: string) => {
    const button = page.getByRole("button", { name });
    await expect(button).toBeEnabled();
    await button.evaluate((button: HTMLElement, link) => {
      button.click();
      (link as HTMLElement).click();
    }, await link.elementHandle());
  };
  await rosa.go("Contacts");
  await page.getByRole("link", { name: "Add", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Mrs. Tran");
  await tapAndGo("Save");
  await hasHeard(ben, { do: "contacts", group: groupOf(ben), search: "" }, "Mrs. Tran");
  await expect(link).toHaveAttribute("aria-current", "page");

  await rosa.go("Notes");
  await page.getByRole("link", { name: "Decisions", exact: true }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByLabel("What is proposed or asked?").fill("Paint the gate?");
  await tapAndGo("Ask everyone");
  await ben.go("Notes");
  await ben.page.getByRole("link", { name: "Decisions", exact: true }).click();
  await expect(ben.page.getByRole("link", { name: /^Paint the gate/ })).toBeVisible();
  await expect(link).toHaveAttribute("aria-current", "page");
});

test("C18: a contact that somebody changes while its form is open is asked about, and so is a shift", async () => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await rosa.page.getByRole("link", { name: "Change" }).click();
  await rosa.page.getByLabel("Note", { exact: true }).fill("Knock twice");
  await ben.openContact("Mrs. Tran");
  await ben.change("Note", "Mind the dog");
  const contact = /contacts\/([^/]+)/.exec(rosa.page.url())?.[1] ?? "";
  await hasHeard(rosa, { do: "contact", group: groupOf(rosa), contact }, "Mind the dog");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  for (const person of [rosa, ben]) {
    const question = person.page.getByRole("region", { name: "Note: 2 versions" });
    await expect(question).toContainText("Knock twice");
    await expect(question).toContainText("Mind the dog");
  }

  await addShift(rosa, { title: "Door watch", ...around(1, 2), needs: 2 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("link").click();
  for (const person of [rosa, ben]) {
    await person.page.getByRole("link", { name: "Change" }).click();
    await expect(person.page.getByLabel("What is it called?")).toHaveValue("Door watch");
  }
  await ben.page.getByLabel("Where", { exact: true }).fill("Side door");
  await ben.page.getByRole("button", { name: "Save" }).click();
  const shift = /shifts\/([^/]+)/.exec(rosa.page.url())?.[1] ?? "";
  await hasHeard(rosa, { do: "shifts", group: groupOf(rosa), ask: { shift: { shift: decodeURIComponent(shift) } } }, "Side door");
  await rosa.page.getByLabel("Where", { exact: true }).fill("Front door");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  const question = (person: Person) => person.page.getByRole("region", { name: "Where: 2 versions" });
  for (const person of [rosa, ben]) await expect(question(person)).toContainText("Side door");
  await question(ben).getByRole("button", { name: "Keep this one" }).first().click();
  for (const person of [rosa, ben]) await expect(question(person)).toBeHidden();
});

test("A1: what is typed is kept as a draft, and typing back what stood there leaves none", async () => {
  const { page } = rosa;
  await rosa.addContact("Noor", "+1 202 555 0133");
  await page.getByRole("link", { name: "Change" }).click();
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Noor Adeyemi");
  await expect.poll(() => rosa.draftText()).toContain("Adeyemi");
  await page.reload();
  await expect(page.getByText("You had not saved this yet. It is still here.")).toBeVisible();
  await expect(name).toHaveValue("Noor Adeyemi");

  await name.fill("Noor");
  await expect.poll(() => rosa.draftText()).not.toContain("Noor");
  await page.reload();
  await expect(name).toHaveValue("Noor");
  await expect(page.getByText("You had not saved this yet. It is still here.")).toBeHidden();
});

/** Everything typed is on the disk; then the page goes, as when a phone needs its memory, and comes back. */
async function comesBack(words: string): Promise<void> {
  await expect.poll(() => rosa.draftText()).toContain(words);
  await rosa.page.reload();
}

const RESTORED = "You had not saved this yet. It is still here.";

test("A1, B14: a hand-over that was being written when the phone needed its memory is still there", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 2 });
  await page.getByRole("button", { name: "Write a hand-over" }).click();
  await page.getByLabel("What should the next know?").fill("The keys are under the mat.");
  await page.getByLabel("Whom to call").fill("Chidi");
  await page.getByLabel("An open task").fill("Call Mrs. Tran");
  await comesBack("Call Mrs. Tran");
  await expect(page.getByText(RESTORED)).toBeVisible();
  await expect(page.getByLabel("Whom to call")).toHaveValue("Chidi");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("region", { name: "For the next shift" })).toContainText("The keys are under the mat.");
  await expect(page.getByRole("checkbox", { name: "Call Mrs. Tran" })).toHaveCount(1);
  expect(await rosa.draftText()).not.toContain("mat");
  // Whoever gives it up finds what stands there.
  await page.getByRole("button", { name: "Write a hand-over" }).click();
  await page.getByLabel("What should the next know?").fill("Nothing");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Write a hand-over" }).click();
  await expect(page.getByLabel("What should the next know?")).toHaveValue("The keys are under the mat.");
});

test("A1, B10: why a shift is cancelled is still there after the phone needed its memory", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Door watch", ...around(2, 3), needs: 2 });
  await page.getByRole("button", { name: "Cancel the shift" }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("Ice on the steps");
  await comesBack("Ice on the steps");
  await page.getByRole("button", { name: "Cancel the shift" }).click();
  await expect(page.getByRole("dialog").getByLabel("Why")).toHaveValue("Ice on the steps");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await expect.poll(() => rosa.draftText()).not.toContain("Ice");
});

test("A1, D24: an answer and its reason, new words and what somebody told are still there too", async () => {
  const { page } = rosa;
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.go("Notes");
  await page.getByRole("link", { name: "Decisions", exact: true }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByLabel("What is proposed or asked?").fill("Paint the gate?");
  await page.getByRole("button", { name: "Ask everyone" }).click();
  await page.getByLabel("Block", { exact: true }).check();
  await page.getByLabel(/^Why do you block it\?/).fill("It is listed");
  await comesBack("It is listed");
  await expect(page.getByText(RESTORED)).toBeVisible();
  await expect(page.getByLabel("Block", { exact: true })).toBeChecked();
  await expect(page.getByLabel(/^Why do you block it\?/)).toHaveValue("It is listed");
  await page.getByRole("button", { name: "Give this answer" }).click();
  await expect(page.getByText("You have answered.")).toBeVisible();
  expect(await rosa.draftText()).not.toContain("listed");
  await page.getByRole("button", { name: "Change my answer" }).click();
  await page.getByLabel("Agree", { exact: true }).check();
  await page.getByLabel("Why", { exact: false }).fill("They agreed");
  await comesBack("They agreed");
  await expect(page.getByLabel("Agree", { exact: true })).toBeChecked();
  await page.getByRole("button", { name: "Give this answer" }).click();

  await page.getByRole("button", { name: "Change the words" }).click();
  await page.getByRole("dialog").getByLabel("What is proposed or asked?").fill("Paint the gate green?");
  await comesBack("gate green");
  await page.getByRole("button", { name: "Change the words" }).click();
  await expect(page.getByRole("dialog").getByLabel("What is proposed or asked?")).toHaveValue("Paint the gate green?");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Paint the gate green?" })).toBeVisible();

  await page.getByRole("button", { name: "Answer for somebody without a phone" }).click();
  const told = page.getByRole("dialog");
  await told.getByRole("button", { name: "Mrs. Tran" }).click();
  await told.getByLabel("Disagree", { exact: true }).check();
  await told.getByLabel("Why", { exact: false }).fill("Too bright");
  await comesBack("Too bright");
  await page.getByRole("button", { name: "Answer for somebody without a phone" }).click();
  await expect(told.getByText("Mrs. Tran")).toBeVisible();
  await expect(told.getByLabel("Disagree", { exact: true })).toBeChecked();
  await told.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/Too bright/)).toBeVisible();
  expect(await rosa.draftText()).not.toContain("bright");
});
