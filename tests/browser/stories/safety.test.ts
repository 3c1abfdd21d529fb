// Product 34: app lock, quick hide, wiping the phone; and what lies on the phone can be read by nobody without the key.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

const PIN = "246810";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa", { reducedMotion: "reduce" });
  await rosa.found(server, "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
});
test.afterEach(() => server.remove());

async function setPin(): Promise<void> {
  const { page } = rosa;
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByRole("button", { name: "Set a PIN" }).click();
  await page.getByLabel("New PIN", { exact: true }).fill(PIN);
  await page.getByLabel("The new PIN again").fill(PIN);
  await page.getByRole("button", { name: "Use this PIN" }).click();
  await expect(page.getByText("The lock is on.")).toBeVisible();
}

test("F34: whoever sets a PIN after leaving the app alone for long goes on, and is not locked out at once", async () => {
  const [worker] = rosa.page.workers();
  await worker?.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() + 600_000;
  });
  await setPin();
  await rosa.page.getByRole("link", { name: "Back" }).first().click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Mrs. Tran" })).toBeVisible();
});

/** Taps what locks the app, and waits for the page to start afresh: before that, what it shows is about to go. */
async function lockWith(button: string): Promise<void> {
  await Promise.all([rosa.page.waitForEvent("load"), rosa.page.getByRole("button", { name: button }).click()]);
}

async function enter(pin: string): Promise<void> {
  await rosa.page.getByLabel("PIN", { exact: true }).fill(pin);
  await rosa.page.getByRole("button", { name: "Open", exact: true }).click();
}

test("F34: what is on the disk shows no name, number, group or note, with and without a PIN", async () => {
  await rosa.openContact("Mrs. Tran");
  await rosa.page.getByRole("link", { name: "Change" }).click();
  await rosa.page.getByLabel("Area", { exact: true }).fill("Quince Court");
  await expect.poll(() => rosa.draftText()).toContain("Quince Court");
  const group = /group\/([0-9a-f]+)/.exec(rosa.page.url())?.[1] ?? "nothing";
  // Nothing shorter than this: sealed bytes spell three digits by chance.
  const words = ["Mrs. Tran", "2025550190", "555 0190", "Elm Street", "Rosa", "Quince", group];
  const open = await rosa.diskText();
  for (const word of words) expect(open.includes(word), word).toBe(false);
  await setPin();
  const locked = await rosa.diskText();
  for (const word of [...words, PIN]) expect(locked.includes(word), word).toBe(false);
});

test("F34: a locked app shows and keeps nothing in sight, and opens with the PIN only", async () => {
  const { page } = rosa;
  await setPin();
  await lockWith("Lock now");
  await expect(page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
  expect(await page.title()).toBe("Porchlight");
  expect(new URL(page.url()).hash).toBe("#/");
  expect(await page.content()).not.toMatch(/Tran|Elm Street|Rosa/);

  await enter("999999");
  await expect(page.getByText("That is not the PIN.")).toBeVisible();
  // Starting the app again does not help, and another tab is locked as well.
  await page.reload();
  await expect(page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
  const second = await rosa.secondTab();
  await second.page.goto(server.url);
  await expect(second.page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
  await enter(PIN);
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  await second.go("Contacts");
  await expect(second.line("Mrs. Tran")).toBeVisible();
});

test("A1, F34: what is being typed in one tab when another locks the app is there after the PIN, and so is its screen", async () => {
  await setPin();
  const second = await rosa.secondTab();
  await second.open(server);
  await second.page.getByRole("link", { name: "Add", exact: true }).click();
  const name = second.page.getByLabel("Name", { exact: true });
  await name.fill("Ana Ejemplo");
  await name.fill("Ana Ejemplo, of the library");
  await Promise.all([second.page.waitForEvent("load"), lockWith("Lock now")]);
  expect(new URL(second.page.url()).hash).toBe("#/");
  await enter(PIN);
  await expect(second.page.getByRole("heading", { level: 1, name: "Add a contact" })).toBeVisible();
  await expect(name).toHaveValue("Ana Ejemplo, of the library");
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
});

test("F34: wrong PINs make one wait, also after a new start", async () => {
  const { page } = rosa;
  await setPin();
  await lockWith("Lock now");
  for (let tries = 0; tries < 4; tries++) {
    await enter("111111");
    await expect(page.getByText("That is not the PIN.")).toBeVisible();
    await expect(page.getByLabel("PIN", { exact: true })).toHaveValue("");
  }
  await expect(page.getByText(/^Too many wrong PINs\. The next can be tried at/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/^Too many wrong PINs\. The next can be tried at/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Open", exact: true })).toBeDisabled();
});

test("F34: the app locks itself after a while without a touch", async () => {
  const { page } = rosa;
  await setPin();
  await page.getByLabel("Lock by itself after").selectOption("1 minute");
  await expect(page.getByLabel("Lock by itself after")).toHaveValue("1");
  const [worker] = page.workers();
  // The worker's clock goes on by an hour: nothing has to be waited for.
  await worker?.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3_600_000;
  });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
});

test("F34: a removed PIN is not asked for any more, and everything is still there", async () => {
  const { page } = rosa;
  await setPin();
  await page.getByRole("button", { name: "Change or remove the PIN" }).click();
  await page.getByLabel("The PIN until now").fill("111111");
  await page.getByRole("button", { name: "Remove the PIN" }).click();
  await expect(page.getByText("That is not the PIN.")).toBeVisible();
  await page.getByLabel("The PIN until now").fill(PIN);
  await page.getByRole("button", { name: "Remove the PIN" }).click();
  await expect(page.getByText("There is no lock.")).toBeVisible();
  await rosa.open(server);
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
});

test("F34: quick hide shows a shopping list and locks; the heading leads back", async () => {
  const { page } = rosa;
  await setPin();
  await lockWith("Hide quickly");
  await expect(page.getByRole("heading", { name: "Shopping list" })).toBeVisible();
  await expect(page).toHaveTitle("Shopping list");
  await expect.poll(() => page.content()).not.toMatch(/Tran|Elm Street|Porchlight is/);
  await page.reload();
  await page.getByRole("button", { name: "Shopping list" }).click();
  await expect(page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
});

test("F34: quick hide hides the app in all tabs and in those opened later", async () => {
  await rosa.open(server);
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  const other = await rosa.secondTab();
  await other.open(server);
  await expect(other.line("Mrs. Tran")).toBeVisible();
  await rosa.page.getByRole("button", { name: "Hide quickly" }).click();
  const third = await rosa.secondTab();
  await third.page.goto(`${server.url}/`);
  for (const { page } of [rosa, other, third]) {
    await expect(page.getByRole("heading", { name: "Shopping list" })).toBeVisible();
    await expect(page).toHaveTitle("Shopping list");
    await expect(page.locator('link[rel="icon"]')).toHaveAttribute("href", /plan\.svg$/);
    await expect.poll(() => page.locator("body").innerText()).not.toMatch(/Tran|Elm Street|Porchlight/);
  }
  await third.page.getByRole("button", { name: "Shopping list" }).click();
  for (const { page } of [rosa, other, third]) {
    await expect(page.getByRole("heading", { name: "Shopping list" })).toBeHidden();
    await expect(page.locator('link[rel="icon"]')).toHaveAttribute("href", /icon\.svg$/);
  }
});

test("F34: the app can go by a neutral name and icon", async () => {
  const { page } = rosa;
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByLabel("Call the app “Plan”, with a plain icon").check();
  await expect(page).toHaveTitle("This phone – Plan");
  await page.reload();
  await expect(page).toHaveTitle("This phone – Plan");
  const manifest = await page.locator('link[rel="manifest"]').getAttribute("href");
  const answer = await page.request.get(`${server.url}${manifest}`);
  expect(((await answer.json()) as { name: string }).name).toBe("Plan");
  // Whoever picks up the phone while it is locked sees no other name, and no browser offers to keep the PIN.
  await setPin();
  await page.getByRole("button", { name: "Lock now" }).click();
  await expect(page.getByRole("heading", { name: "Plan is locked" })).toBeVisible();
  await expect(page.locator("body")).not.toContainText("Porchlight");
  const pin = page.getByLabel("PIN", { exact: true });
  await expect(pin).toHaveAttribute("autocomplete", "one-time-code");
  await expect(pin).not.toHaveAttribute("inputmode", "numeric");
  expect(await page.locator("header").innerText()).not.toContain("Porchlight");
});

test("F34: wiping the phone removes everything, after saying what is lost", async () => {
  const { page } = rosa;
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await page.getByRole("button", { name: "Wipe this phone" }).click();
  await expect(page.getByText(/not sent yet and will be lost/)).toBeVisible();
  await server.startAgain();
  await page.getByRole("button", { name: "Yes, wipe it" }).click();
  await expect(page.getByRole("heading", { name: "I was invited" })).toBeVisible();
  await expect(page.getByText("removed Porchlight's data")).toBeHidden();
  // Answered by the device, which is ready anew.
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await expect(page.getByText(/^This month:/)).toBeVisible();
  await page.goto(`${server.url}/healthz`);
  const left = await rosa.diskText();
  expect(left).not.toMatch(/Tran|porchlight-was-here/);
  // One thing only: what a phone keeps that has never been in a group.
  expect(await rosa.entryCount()).toBe(1);
});

test("F31: the data used this month is shown", async () => {
  const { page } = rosa;
  await page.getByRole("link", { name: "This phone", exact: true }).click();
  await expect(page.getByText(/^This month: [\d,.]+ (kB|MB)$/)).toBeVisible();
});
