// Ways into a group: from the right browser, twice, with a second group, and with links that are no good.

import { devices, expect, test } from "@playwright/test";
import { ask, groupOf } from "../asking";
import { Person } from "../people";
import { Proxy } from "../proxy";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

test("E26: a link can be pasted as well as opened", async ({ browser }) => {
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(server.url);
  await ben.page.getByLabel("Your link").fill(`  ${link}\n`);
  await ben.page.getByRole("button", { name: "Open the link" }).click();
  await expect(ben.page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  await ben.page.getByLabel("Your link").waitFor({ state: "hidden" });
});

test("E26: the QR code says the same as the link", async () => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: "Invite people" }).click();
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const code = rosa.page.getByRole("img", { name: "Invitation to Elm Street as a QR code" });
  await expect(code).toBeVisible();
  await expect(rosa.page.getByText(/means this computer to every phone/)).toBeVisible();
  const link = await rosa.page.getByLabel("Invitation link").inputValue();
  expect(await code.locator("path").getAttribute("d")).toBe(await qrPath(link));
});

test("E26: while the app comes for the first time, a link says so, and that it happens only once", async ({ browser }) => {
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await ben.context.route(/\/assets\/core_bg-/, async (route) => {
    await arrived;
    await route.continue();
  });
  await ben.page.goto(link);
  await expect(ben.page.getByRole("status")).toContainText("It happens only once");
  arrive();
  await expect(ben.page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  await expect(ben.page.getByText("It happens only once")).toBeHidden();
});

test("E26: whoever has joined sees the group's screens though the device is still busy, and the link leads there too", async ({ browser }) => {
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  await ben.page.addInitScript(deviceThatIsBusyAfterJoining);
  await ben.page.goto(link);
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await expect(ben.page.getByRole("status")).toContainText("You are in. What the group wrote");
  await expect(ben.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.page.getByRole("status")).toContainText("You are in. What the group wrote");
  await ben.page.evaluate((hash) => (location.hash = hash), new URL(link).hash);
  await ben.page.getByLabel("What should the others call you?").or(ben.page.getByRole("link", { name: "Go to the group" })).first().waitFor();
  await ben.page.evaluate(() => (window as unknown as { isHeardAgain: () => void }).isHeardAgain());
  await ben.page.getByRole("link", { name: "Go to the group" }).click();
  await ben.go("Contacts");
  await expect(ben.page.getByText("You are in. What the group wrote")).toBeHidden();
  await ben.go("Group");
  await expect(ben.page.getByText("Ben (you)")).toBeVisible();
});

/** Runs in the page: holds back what is asked about the groups after one was joined, as a device does that stands still. */
function deviceThatIsBusyAfterJoining(): void {
  const post = BroadcastChannel.prototype.postMessage;
  const held: (() => void)[] = [];
  let isBusy = false;
  BroadcastChannel.prototype.postMessage = function (envelope: { request?: { do: string } }) {
    if (envelope.request?.do === "join") isBusy = true;
    if (isBusy && envelope.request?.do === "groups") held.push(() => post.call(this, envelope));
    else post.call(this, envelope);
  };
  Object.assign(window, {
    isHeardAgain: () => {
      isBusy = false;
      for (const send of held) send();
    },
  });
}

test("E26: inside another app the link is to be opened in a browser first, before any key is made", async ({ browser }) => {
  const link = await rosa.invite();
  const userAgent = "Mozilla/5.0 (Linux; Android 13; Pixel 4a; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 Instagram 330.0";
  const ben = await Person.with(browser, "Ben", { userAgent });
  await ben.page.goto(link);
  await expect(ben.page.getByRole("heading", { name: "Open this in your browser first" })).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Copy the link" })).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Join the group" })).toBeHidden();
});

test("A4: an iPhone is told to use the Home Screen first", async ({ browser }) => {
  const link = await rosa.invite();
  const { userAgent } = devices["iPhone 13"];
  const ben = await Person.with(browser, "Ben", { userAgent });
  await ben.page.goto(link);
  await expect(ben.page.getByRole("heading", { name: "First put Porchlight on your Home Screen" })).toBeVisible();
  await ben.page.getByRole("button", { name: "Go on here anyway" }).click();
  await expect(ben.page.getByRole("button", { name: "Join the group" })).toBeVisible();
});

test("A4: an iPhone is told so before it starts a group too, and afterwards how the group gets there", async ({ browser }) => {
  const { userAgent } = devices["iPhone 13"];
  const ana = await Person.with(browser, "Ana", { userAgent });
  const { page } = ana;
  await page.goto(server.startLink);
  await expect(page.getByRole("heading", { name: "First put Porchlight on your Home Screen" })).toBeVisible();
  await expect(page.getByLabel("What is the group called?")).toBeHidden();
  await ana.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the link" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(server.startLink);
  await page.getByRole("button", { name: "Go on here anyway" }).click();
  await page.getByLabel("What is the group called?").fill("Elm Street");
  await page.getByLabel("What should the others call you?").fill("Ana");
  await page.getByRole("button", { name: "Start the group" }).click();
  await ana.go("Now");
  await expect(page.getByText("begins empty: once it is there, make a link here")).toBeVisible();
  expect(await ask(ana, { do: "about", group: groupOf(ana), ask: { details: {} } })).toMatchObject({ locale: "en" });
});

test("E26: a link that was used already leads into the group, and nobody joins twice", async ({ browser }) => {
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  await ben.join(link, "Elm Street");
  await ben.page.goto("about:blank");
  await ben.page.goto(link);
  await expect(ben.page.getByRole("heading", { name: "You are already in Elm Street" })).toBeVisible();
  await ben.page.getByRole("link", { name: "Go to the group" }).click();
  await ben.go("Group");
  await expect(ben.page.getByText("2 members")).toBeVisible();
});

test("E26: a phone that is in a group joins another and keeps both", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  const olga = await Person.with(browser, "Olga");
  await olga.found(server, "Oak Street");
  const link = await olga.invite();
  await ben.page.goto(`${server.url}/#/join`);
  await ben.page.getByLabel("Your link").fill(link);
  await ben.page.getByRole("button", { name: "Open the link" }).click();
  await expect(ben.page.getByText("You join this group as well.")).toBeVisible();
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.go("Group");
  await expect(ben.page.getByText("Ben (you)")).toBeVisible();
  await ben.page.getByRole("button", { name: /Oak Street/ }).click();
  await ben.page.getByRole("link", { name: "Elm Street" }).click();
  await expect(ben.page.getByRole("button", { name: /Elm Street/ })).toBeVisible();
});

test("E26: an invitation for one person does not let a second in", async ({ browser }) => {
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: "Invite people" }).click();
  await rosa.page.getByLabel("For how many people?").selectOption({ label: "1 person" });
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const link = await rosa.page.getByLabel("Invitation link").inputValue();
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  await ben.join(link, "Elm Street");
  const carla = await Person.with(browser, "Carla");
  await carla.page.goto(link);
  await carla.page.getByLabel("What should the others call you?").fill("Carla");
  await carla.page.getByRole("button", { name: "Join the group" }).click();
  await expect(carla.page.getByRole("alert")).toContainText("This invitation");
});

for (const { name, address, says } of [
  { name: "damaged", address: "#/join/c29tZXRoaW5nIGVsc2U", says: "The invitation link is damaged." },
  { name: "empty", address: "#/join", says: "Your link" },
]) {
  test(`E26: a link that is ${name} is refused in plain words`, async ({ browser }) => {
    const ben = await Person.with(browser, "Ben");
    await ben.page.goto(`${server.url}/${address}`);
    await expect(ben.page.getByText(says)).toBeVisible();
    await expect(ben.page.getByRole("button", { name: "Join the group" })).toBeHidden();
  });
}

test("E25: a start link that is no good, or is used up, is refused in plain words", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(`${server.url}/#/start/abc`);
  await ben.page.getByLabel("What is the group called?").fill("Mine");
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Start the group" }).click();
  await expect(ben.page.getByRole("alert")).toContainText("This is not a link for starting groups.");
  await ben.page.goto(`${server.url}/#/`);
  await ben.page.goto(`${server.url}/#/start`);
  await ben.page.getByLabel("What is the group called?").fill("Mine");
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Start the group" }).click();
  await expect(ben.page.getByRole("alert")).toContainText("This server wants a link");
});

test("A1: where WebSockets are blocked, everything goes by requests", async ({ browser }) => {
  const proxy = await Proxy.before(server);
  const ben = await Person.with(browser, "Ben");
  const link = (await rosa.invite()).replace(server.url, proxy.url);
  await ben.join(link, "Elm Street");
  proxy.blockSockets();
  await ben.addContact("By request", "+1 202 555 0133");
  await ben.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("By request")).toBeVisible();
  expect(proxy.posts.length).toBeGreaterThan(1);
  await proxy.close();
});

/** The path that the page must draw for a text, made by the same encoder apart from the page. */
async function qrPath(text: string): Promise<string> {
  const { encode } = (await import("../../../server/web/node_modules/uqr/dist/index.mjs")) as typeof import("../../../server/web/node_modules/uqr");
  const { data } = encode(text, { ecc: "L", border: 3 });
  return data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
}
