// Without a network: the app opens, shows everything, keeps what is typed, and says so in one of three wordings.

import { expect, test } from "@playwright/test";
import { Person, SAVED } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

test("A2: a cold start without any network shows the last state", async () => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await rosa.appIsKept();
  await rosa.page.close();
  await server.stop();
  await rosa.context.setOffline(true);

  const begin = Date.now();
  await rosa.open(server);
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  expect(Date.now() - begin).toBeLessThan(5_000);
  await rosa.cannotReach();
  await rosa.go("Now");
  await expect(rosa.page.getByText(/^As of \d{1,2}:\d{2}\s[AP]M$/u)).toBeVisible();
});

test("A1: the status never says anything but the three wordings", async () => {
  const said = new Set<string>();
  await rosa.page.exposeFunction("hearStatus", (text: string) => said.add(text));
  await rosa.page.evaluate(() => {
    const status = document.querySelector("[data-status]");
    const tell = () => (window as unknown as { hearStatus(text: string): void }).hearStatus(status?.textContent?.trim() ?? "");
    if (status !== null) new MutationObserver(tell).observe(status, { subtree: true, childList: true, characterData: true });
  });
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await server.stop();
  await rosa.cannotReach();
  await rosa.openContact("Mrs. Tran");
  await rosa.change("Area", "5th and Elm");
  await server.startAgain();
  await rosa.isSent();
  const time = /Cannot reach the group since \d{1,2}:\d{2}\s[AP]M, saved on this phone/u;
  for (const text of said) expect([SAVED, "Saved and sent"].includes(text) || time.test(text), text).toBe(true);
  expect([...said].some((text) => time.test(text))).toBe(true);
});

test("A3: a server that lost what it had removes nothing from a phone, which refills it and says so", async ({ browser }) => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await server.backUp("keep");
  await rosa.isSent();
  await rosa.addContact("Leo", "+1 202 555 0191");
  await rosa.isSent();
  await rosa.openContact("Mrs. Tran");
  await rosa.change("Area", "5th and Elm");
  await rosa.isSent();
  await server.backUp("restore");
  await rosa.go("Group");
  await expect(rosa.page.getByText(/^The server had lost \d+ entr(y|ies)\. Phones gave (it|them) back\.$/)).toBeVisible();
  await rosa.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("Leo")).toBeVisible();
  await expect(rosa.line("Mrs. Tran")).toContainText("5th and Elm");
  // Whoever comes now gets all of it from the server.
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.line("Leo")).toBeVisible();
  await expect(ben.line("Mrs. Tran")).toContainText("5th and Elm");
});

test("A3: a server whose database was emptied is filled again from a phone, and newcomers get everything", async ({ browser }) => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await server.empty();
  await rosa.go("Group");
  await expect(rosa.page.getByText(/^The server had lost \d+ entr(y|ies)\. Phones gave (it|them) back\.$/)).toBeVisible();
  await rosa.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();
});

test("A3: an organizer whose phone gave nothing back is told on Now what the server had lost, until it is seen", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.openContact("Mrs. Tran");
  await rosa.go("Now");
  await rosa.appIsKept();
  await ben.appIsKept();
  const calm = rosa.page.getByText("Nothing waits for you.");
  await expect(calm).toBeVisible();
  await rosa.context.setOffline(true);
  await rosa.page.close();
  await server.empty();
  // Ben's phone gives everything back while Rosa's is off.
  await ben.isSent();
  await ben.go("Group");
  await expect(ben.page.getByText(/^The server had lost \d+ entr(y|ies)\./)).toBeVisible();
  await ben.go("Now");
  await expect(ben.page.getByText("Nothing waits for you.")).toBeVisible();
  await rosa.context.setOffline(false);
  await rosa.open(server);
  await rosa.go("Now");
  const told = rosa.page.getByText("The server had lost something. Phones gave it back.");
  await expect(told).toBeVisible();
  await expect(rosa.page.getByText("Nothing waits for you.")).toBeHidden();
  await rosa.page.reload();
  await expect(told).toBeVisible();
  await rosa.page.getByRole("button", { name: "I have seen it" }).click();
  await expect(told).toBeHidden();
  await expect(rosa.page.getByText("Nothing waits for you.")).toBeVisible();
  // What is written from now on is of another generation, and no other loss.
  await ben.addContact("Leo", "+1 202 555 0191");
  await ben.isSent();
  await rosa.openContact("Leo");
  await rosa.go("Now");
  await rosa.page.reload();
  await expect(rosa.page.getByText("Nothing waits for you.")).toBeVisible();
  await expect(told).toBeHidden();
});

test("A4: a browser that threw the data away is noticed, and said plainly", async ({ browser }) => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  const link = await rosa.invite();
  await rosa.page.goto("about:blank");
  await rosa.forgetData(server);

  await rosa.page.goto(server.url);
  await expect(rosa.page.getByRole("heading", { name: "Your phone's browser removed Porchlight's data" })).toBeVisible();
  await expect(rosa.page.getByText("Everything had been sent")).toBeVisible();
  // Back in with an invitation: everything that was sent is there again.
  await rosa.page.getByLabel("Your link").fill(link);
  await rosa.page.getByRole("button", { name: "Open the link" }).click();
  await rosa.page.getByLabel("What should the others call you?").fill("Rosa");
  await rosa.page.getByRole("button", { name: "Join the group" }).click();
  await rosa.go("Group");
  await expect(rosa.page.getByText("2 members")).toBeVisible();
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  expect(browser.isConnected()).toBe(true);
});

test("A4: data that cannot be read is an error that changes nothing, never an empty app", async () => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await rosa.page.goto(`${server.url}/healthz`);
  const before = await rosa.damageData();

  await rosa.page.goto(server.url);
  await expect(rosa.page.getByRole("heading", { name: "The data on this phone cannot be opened" })).toBeVisible();
  await expect(rosa.page.getByText("Nothing was changed or removed.")).toBeVisible();
  await expect(rosa.page.getByText("I was invited")).toBeHidden();
  await rosa.page.goto(`${server.url}/healthz`);
  expect(await rosa.entryCount()).toBe(before);
});

test("A4: data removed while the app is open is noticed at once", async () => {
  await rosa.go("Contacts");
  const second = await rosa.secondTab();
  await second.page.goto(`${server.url}/healthz`);
  const session = await rosa.context.newCDPSession(second.page);
  await session.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes: "indexeddb" });
  await expect(rosa.page.getByRole("heading", { name: "The browser removed the data while the app was open" })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Try again" }).click();
  await expect(rosa.page.getByRole("heading", { name: "Your phone's browser removed Porchlight's data" })).toBeVisible();
});
