// New versions of the app: offered, never forced; used only when they are here whole.

import { createHash } from "node:crypto";
import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Proxy } from "../proxy";
import { Server } from "../server";

let server: Server;
let proxy: Proxy;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  server = await Server.start();
  proxy = await Proxy.before(server);
  rosa = await Person.with(browser, "Rosa");
});
test.afterEach(async () => {
  await proxy.close();
  await server.remove();
});

test("A5: a new version is offered, can wait, and is used on one tap", async () => {
  await founded();
  const before = await shownVersion();
  await release("9.9.9-new");
  await lookForUpdate();
  const bar = rosa.page.getByRole("complementary", { name: "New version" });
  await expect(bar).toContainText("A new version of Porchlight is ready.");
  await bar.getByRole("button", { name: "Later" }).click();
  await expect(bar).toBeHidden();
  expect(await shownVersion()).toBe(before);

  await rosa.page.reload();
  await expect(bar).toBeVisible();
  await bar.getByRole("button", { name: "Use it now" }).click();
  await expect(bar).toBeHidden();
  await expect.poll(shownVersion).toContain("9.9.9-new");
  // Nothing of the group was touched.
  await rosa.page.goto(`${proxy.url}/#/`);
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
});

test("A5: nothing is offered while somebody types", async () => {
  await founded();
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await rosa.page.getByLabel("Name", { exact: true }).fill("In the middle of");
  await release("9.9.9-new");
  await lookForUpdate();
  const bar = rosa.page.getByRole("complementary", { name: "New version" });
  await expect(bar).toBeHidden();
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(bar).toBeVisible();
});

test("A5: a version that comes in pieces is not used", async () => {
  await founded();
  const before = await shownVersion();
  proxy.broken.add("/icon.svg");
  await release("9.9.9-broken");
  const failed = rosa.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const found = new Promise<ServiceWorker | null>((resolve) =>
      registration.addEventListener("updatefound", () => resolve(registration.installing), { once: true }),
    );
    await registration.update();
    const worker = await found;
    return new Promise<string>((resolve) => {
      const tell = () => worker?.state === "redundant" && resolve("redundant");
      worker?.addEventListener("statechange", tell);
      tell();
    });
  });
  expect(await failed).toBe("redundant");
  await rosa.page.reload();
  await expect(rosa.page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(rosa.page.getByRole("complementary", { name: "New version" })).toBeHidden();
  expect(await shownVersion()).toBe(before);
});

async function founded(): Promise<void> {
  await rosa.page.goto(server.startLink.replace(server.url, proxy.url));
  await rosa.foundHere("Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.shellIsKept();
  await rosa.page.reload();
  await rosa.go("Contacts");
  await rosa.controlled();
}

/** The same files under another name, as a host who upgrades would serve them. */
async function release(id: string): Promise<void> {
  const text = await (await fetch(server.url)).text();
  const page = Buffer.from(text.replace(/(name="release" content=")[^"]+/, `$1${id}`));
  const integrity = `sha256-${createHash("sha256").update(page).digest("base64")}`;
  proxy.changeFiles((path, body) => {
    if (path === "/") return page;
    if (path !== "/service-worker.js") return undefined;
    const worker = body.toString().replace(/(id:\s*[`"'])\d[^`"']+/, `$1${id}`);
    return Buffer.from(worker.replace(/(path:\s*[`"']\/[`"'],\s*integrity:\s*[`"'])[^`"']+/, `$1${integrity}`));
  });
}

async function lookForUpdate(): Promise<void> {
  await rosa.page.evaluate(async () => {
    await (await navigator.serviceWorker.ready).update();
  });
  const isWaiting = () => rosa.page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null);
  await expect.poll(isWaiting).toBe(true);
}

async function shownVersion(): Promise<string> {
  return rosa.page.locator('meta[name="release"]').evaluate((meta: HTMLMetaElement) => meta.content);
}
