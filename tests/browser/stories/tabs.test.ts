// Two tabs of one browser never harm each other: one runs the device, the other follows and takes over.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
let second: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  second = await rosa.secondTab();
  await second.open(server);
});
test.afterEach(() => leave({ server, rosa }));

test("F34: both tabs work on the same data, and only one of them talks to the server", async () => {
  const sockets: string[] = [];
  for (const { page } of [rosa, second]) page.on("websocket", (socket) => sockets.push(socket.url()));
  await second.addContact("From the second tab", "+1 202 555 0133");
  await rosa.addContact("From the first tab", "+1 202 555 0134");
  for (const tab of [rosa, second]) {
    await tab.go("Contacts");
    await expect(tab.line("From the second tab")).toBeAttached();
    await expect(tab.line("From the first tab")).toBeAttached();
    await tab.isSent();
  }
  expect(sockets).toEqual([]);
});

test("F34: when the tab that runs the device closes, the other takes over", async () => {
  await rosa.addContact("Before", "+1 202 555 0133");
  await rosa.page.close();
  await second.addContact("After", "+1 202 555 0134");
  await second.go("Contacts");
  await expect(second.line("Before")).toBeVisible();
  await second.isSent();
});

test("F34: edits from both tabs in turn all arrive on another phone", async ({ browser }) => {
  for (let turn = 0; turn < 3; turn++) {
    await rosa.addContact(`First ${turn}`, `+1 202 555 013${turn}`);
    await second.addContact(`Second ${turn}`, `+1 202 555 014${turn}`);
  }
  await rosa.page.close();
  await second.addContact("Last", "+1 202 555 0150");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await second.invite(), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.page.getByText("7 contacts", { exact: true })).toBeVisible();
});

test("F34: a frozen tab loses the device and, once thawed, writes nothing over what came after", async () => {
  await second.page.clock.install();
  await second.open(server);
  // Its worker stands still with the lock in its hand, as when a phone suspends a tab.
  const thaw = await rosa.freezeWorker();
  await second.page.bringToFront();
  await second.page.clock.fastForward(60_000);
  await second.addContact("While frozen", "+1 202 555 0133");
  thaw();
  await rosa.addContact("After the thaw", "+1 202 555 0134");
  for (const tab of [rosa, second]) {
    await tab.go("Contacts");
    await expect(tab.line("While frozen")).toBeAttached();
    await expect(tab.line("After the thaw")).toBeAttached();
  }
});

test("A1, F34: two tabs in which somebody new is typed keep each their own, whatever becomes of the other", async () => {
  const name = (tab: Person) => tab.page.getByLabel("Name", { exact: true });
  for (const [tab, text] of [[rosa, "From the first"], [second, "From the second"]] as const) {
    await tab.go("Contacts");
    await tab.page.getByRole("link", { name: "Add", exact: true }).click();
    await name(tab).fill(text);
    await expect.poll(() => tab.draftText()).toContain(text);
  }
  expect(await rosa.draftText()).toContain("From the first");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "From the first" })).toBeVisible();
  await second.page.reload();
  await expect(second.page.getByText("You had not saved this yet. It is still here.")).toBeVisible();
  await expect(name(second)).toHaveValue("From the second");
  // What is left of a tab that was closed is there for whoever adds somebody next.
  await second.page.close();
  await rosa.page.getByRole("link", { name: "All contacts" }).click();
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await expect(name(rosa)).toHaveValue("From the second");
});
