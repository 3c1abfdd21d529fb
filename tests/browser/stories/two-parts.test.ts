// Product 31: the first visit needs a part of the app only; the rest comes when there is time or need, and is kept.

import { expect, test } from "@playwright/test";
import { ask } from "../asking";
import { CountedLine } from "../counted";
import { readUsage } from "../disk";
import { Person } from "../people";
import { Proxy } from "../proxy";
import { Server } from "../server";
import { addShift, card, dayFromToday } from "../watch";

/** What the product allows for the first load; an app that is tried in front of the server is not sent compressed. */
const FIRST_LOAD = process.env["PORCHLIGHT_APP"] === undefined ? 700_000 : Infinity;

const PIN = "246810";
const REST = /\/assets\/rest_bg-/;
const CORE = /\/assets\/core_bg-/;
const CARD = { name: "card.vcf", mimeType: "text/vcard", buffer: Buffer.from("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo Beispiel\r\nEND:VCARD\r\n") };

let server: Server;
let proxy: Proxy;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  proxy = await Proxy.before(server);
  rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2 });
  await addShift(rosa, { title: "Night watch", day: dayFromToday(0), from: "22:00", to: "06:00", needs: 1, repeat: "Every day" });
  await card(rosa, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(rosa, "Door watch").getByText("You are in.")).toBeVisible();
  await rosa.isSent();
});
test.afterEach(async () => {
  await proxy.close();
  await server.remove();
});

test("F31: a first visit is greeted, and a link can be opened, while the core is on its way", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await ben.context.route(CORE, async (route) => {
    await arrived;
    await route.continue();
  });
  await ben.page.goto(`${server.url}/`);
  await expect(ben.page.getByRole("heading", { name: "Neighbors, ready for each other" })).toBeVisible();
  await ben.page.getByLabel("Your link").fill(await rosa.invite());
  await ben.page.getByRole("button", { name: "Open the link" }).click();
  const invitation = ben.page.getByRole("heading", { name: "Join Elm Street" });
  await expect(invitation).toBeHidden();
  arrive();
  await expect(invitation).toBeVisible();
});

test("F31: somebody joins, sees the contacts and takes a shift while the rest is on its way, then it works with the rest", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await ben.context.route(REST, async (route) => {
    await arrived;
    await route.continue();
  });
  const sizes: Promise<number>[] = [];
  ben.context.on("requestfinished", (request) => {
    // What the service worker keeps comes from the browser's own cache, which `route` turns off.
    if (request.serviceWorker() === null) sizes.push(request.sizes().then((sizes) => sizes.responseBodySize + sizes.responseHeadersSize));
  });
  await ben.page.clock.install();
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Door watch").getByText("You are in.")).toBeVisible();
  await ben.isSent();
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(FIRST_LOAD);

  // This needs the rest, and waits for it.
  await ben.goToImport();
  await ben.page.getByLabel("Choose a file").setInputFiles(CARD);
  const preview = ben.page.getByRole("heading", { name: /^What would be done/ });
  await expect(preview).toBeHidden();
  // On a bad network that takes a minute: no tab believes that the device is frozen, and takes it over.
  await ben.page.clock.fastForward(60_000);
  arrive();
  await expect(preview).toBeVisible();
  await ben.page.getByRole("button", { name: "Import 1 contact" }).click();
  await ben.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("Bo Beispiel")).toBeVisible();
});

test("F31: what the first visit cost is counted as data used this month, with both parts", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  const sizes: Promise<number>[] = [];
  ben.context.on("requestfinished", (request) => {
    if (request.serviceWorker() === null) sizes.push(request.sizes().then((sizes) => sizes.responseBodySize));
  });
  await ben.join(await rosa.invite(), "Elm Street");
  await keepsRest(ben);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await ben.page.getByRole("link", { name: "This phone", exact: true }).click();
  const said = await ben.page.getByText(/^This month: /).innerText();
  const [, amount = "", unit] = /([\d.]+) ([kM])B/.exec(said) ?? [];
  expect(Number(amount) * (unit === "M" ? 1_000_000 : 1_000)).toBeGreaterThan(0.95 * bytes);
});

/** How many bytes of the app came over the network, by what the service worker keeps: each file once. */
function keptBytes({ page }: Person): Promise<number> {
  return page.evaluate(async () => {
    let bytes = 0;
    for (const name of (await caches.keys()).filter((name) => name.startsWith("shell/"))) {
      const cache = await caches.open(name);
      for (const file of await cache.matchAll()) bytes += Number(file.headers.get("content-length"));
    }
    return bytes;
  });
}

test("F31: what the service worker loads for somebody who takes their time is counted as well, and once", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(await rosa.invite());
  // What comes from now on comes through it.
  await ben.controlled();
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.isSent();
  await keepsRest(ben);
  // What the page itself loaded is told with this.
  await ben.page.getByRole("link", { name: "This phone", exact: true }).click();
  await expect(ben.page.getByText(/^This month: /)).toBeVisible();
  const counted = async () => {
    const [used, kept] = [(await ask(ben, { do: "dataUse" })) as number, await keptBytes(ben)];
    expect(kept).toBeGreaterThan(400_000);
    return used / kept;
  };
  await expect.poll(counted).toBeGreaterThan(0.97);
  const before = await counted();
  expect(before).toBeLessThan(1.15);
  await ben.page.reload();
  await expect(ben.page.getByText(/^This month: /)).toBeVisible();
  // Nothing of it is loaded again, and nothing counted again.
  expect(await counted()).toBeLessThan(before + 0.05);
  await ben.leave();
});

test("F31: the number is what went over the wire: a look at the welcome page, and the group with both parts in another tab", async ({ browser }) => {
  const line = await CountedLine.before(server);
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(line.url);
  // Nobody touches it before the tab is closed, and all the same it is counted. What is asked is the disk, not the app.
  const counted = async () => (await ben.page.evaluate(readUsage)) / line.bytes;
  await expect.poll(counted).toBeGreaterThan(0.9);
  await ben.page.close();
  ben.page = await ben.context.newPage();
  await ben.page.goto((await rosa.invite()).replace(server.url, line.url));
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.isSent();
  // Opened at once, while the second part is on its way: the number follows.
  await ben.page.getByRole("link", { name: "This phone", exact: true }).click();
  await keepsRest(ben);
  const said = async () => {
    const [, amount = "", unit] = /([\d.]+) ([kM])B/.exec(await ben.page.getByText(/^This month: /).innerText()) ?? [];
    return (Number(amount) * (unit === "M" ? 1_000_000 : 1_000)) / line.bytes;
  };
  await expect.poll(said).toBeGreaterThan(0.9);
  expect(await said()).toBeLessThan(1.05);
  await ben.leave();
  await line.close();
});

test("F31: what is kept already is not written again, and what the service worker loaded is told in a few words", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  const written: string[] = [];
  const session = await ben.context.newCDPSession(ben.page);
  session.on("Storage.cacheStorageContentUpdated", ({ cacheName }) => written.push(cacheName));
  await session.send("Storage.trackCacheStorageForOrigin", { origin: server.url });
  const invitation = await rosa.invite();
  const start = Date.now();
  await ben.join(invitation, "Elm Street");
  await ben.appIsKept();
  // One each quarter of a second, however long this takes here; and what the device takes away again is no other.
  const words = written.filter((name) => name === "loaded").length;
  expect(words).toBeGreaterThan(0);
  expect(words).toBeLessThan(2 * ((Date.now() - start) / 250 + 2));
  const files = written.filter((name) => name.startsWith("shell/")).length;
  expect(files).toBeGreaterThan(30);
  // Files are looked at in their order: once the last is back, the app has been through all of them.
  await ben.page.evaluate(async () => {
    const { id, files } = (await (await fetch("/release.json")).json()) as { id: string; files: { path: string; part: string }[] };
    const last = files.findLast(({ part }) => part === "later")?.path ?? "";
    if (!(await (await caches.open(`shell/${id}`)).delete(last))) throw new Error(`${last} is not kept`);
  });
  written.length = 0;
  await ben.page.reload();
  await ben.appIsKept();
  expect(written.filter((name) => name.startsWith("shell/")).length).toBeLessThan(files / 3);
  await ben.leave();
});

test("F31: once both parts were here, both are there without any network", async () => {
  await keepsRest(rosa);
  await rosa.page.close();
  await server.stop();
  await rosa.context.setOffline(true);
  await rosa.open(server);
  await rosa.cannotReach();
  await rosa.preview(CARD);
  await rosa.page.getByRole("button", { name: "Import 1 contact" }).click();
  await rosa.go("Contacts");
  await expect(rosa.line("Bo Beispiel")).toBeVisible();
});

test("F31: where the rest cannot be had the app says so, goes on with what it can, and nothing is lost", async ({ browser }) => {
  let isThere = false;
  proxy.holdBack((path) => (REST.test(path) ? Promise.resolve(isThere) : undefined));
  const ben = await Person.with(browser, "Ben");
  await ben.join((await rosa.invite()).replace(server.url, proxy.url), "Elm Street");
  await ben.goToImport();
  await ben.page.getByLabel("Choose a file").setInputFiles(CARD);
  await expect(ben.page.getByRole("alert")).toContainText("The rest of the app is still on its way to this phone");
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  await expect(ben.line("Ana Ejemplo")).toBeVisible();

  isThere = true;
  await ben.preview(CARD);
  await ben.page.getByRole("button", { name: "Import 1 contact" }).click();
  await ben.isSent();
  await ben.go("Contacts");
  for (const name of ["Mrs. Tran", "Ana Ejemplo", "Bo Beispiel"]) await expect(ben.line(name)).toBeVisible();
  await rosa.go("Contacts");
  await expect(rosa.line("Bo Beispiel")).toBeVisible();
});

test("F31: a phone without the rest finds its server again after that was away", async ({ browser }) => {
  proxy.holdBack((path) => (REST.test(path) ? Promise.resolve(false) : undefined));
  const ben = await Person.with(browser, "Ben");
  await ben.join((await rosa.invite()).replace(server.url, proxy.url), "Elm Street");
  await server.stop();
  await ben.cannotReach();
  await server.startAgain();
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  await ben.go("Contacts");
  await expect(ben.line("Ana Ejemplo")).toBeVisible();
});

test("F31: what cannot be done without the rest waits for it, and goes on by itself", async ({ browser }) => {
  let isThere = true;
  proxy.holdBack((path) => (REST.test(path) ? Promise.resolve(isThere) : undefined));
  const ben = await Person.with(browser, "Ben");
  await ben.join((await rosa.invite()).replace(server.url, proxy.url), "Elm Street");
  await ben.page.getByRole("link", { name: "This phone", exact: true }).click();
  await ben.page.getByRole("button", { name: "Set a PIN" }).click();
  await ben.page.getByLabel("New PIN", { exact: true }).fill(PIN);
  await ben.page.getByLabel("The new PIN again").fill(PIN);
  await ben.page.getByRole("button", { name: "Use this PIN" }).click();
  await expect(ben.page.getByText("The lock is on.")).toBeVisible();
  await keepsRest(ben);

  // The browser throws away the part that opens the lock.
  await ben.page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) if (request.url.includes("/rest_bg-")) await cache.delete(request);
    }
  });
  await (await ben.context.newCDPSession(ben.page)).send("Network.clearBrowserCache");
  isThere = false;
  await ben.page.goto("about:blank");
  await ben.page.goto(proxy.url);
  await ben.page.getByLabel("PIN", { exact: true }).fill(PIN);
  await ben.page.getByRole("button", { name: "Open", exact: true }).click();
  await expect(ben.page.getByRole("status")).toContainText("The rest of the app is still on its way");
  isThere = true;
  await expect(ben.page.getByRole("heading", { name: "Porchlight is locked" })).toBeVisible();
  await ben.page.getByLabel("PIN", { exact: true }).fill(PIN);
  await ben.page.getByRole("button", { name: "Open", exact: true }).click();
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();
});

/** Waits until the service worker has the rest of the core. */
async function keepsRest(person: Person): Promise<void> {
  const isKept = () =>
    person.page.evaluate(async () => {
      const kept = (await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url));
      return (await Promise.all(kept)).flat().some((url) => url.includes("/rest_bg-"));
    });
  await expect.poll(isKept).toBe(true);
}
