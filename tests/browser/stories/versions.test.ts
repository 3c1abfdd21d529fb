// Apps, servers and data of different versions in one group: whoever is older shows what it knows, loses nothing of the
// rest, and says that it wants an update.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Proxy } from "../proxy";
import type { Server } from "../server";
import { home, leave } from "../street";

const run = promisify(execFile);
const program = (name: string) => new URL(`../../../target/debug/${name}`, import.meta.url).pathname;

/** Runs in the device's worker: says that it speaks version 2 too, and something of a later kind before each frame. */
const NEXT_VERSION = `{
  const { send } = WebSocket.prototype;
  const hello = new Uint8Array([0x82, 1, 0x81, 0xa1, 0, 0xa2, 0, 1, 1, 2]);
  const later = new Uint8Array([0x82, 0x18, 250, 0x81, 1]);
  const greeted = new WeakSet();
  WebSocket.prototype.send = function (frame) {
    if (!greeted.has(this)) send.call(this, hello);
    greeted.add(this);
    send.call(this, later);
    send.call(this, frame);
    void fetch("/healthz?next-version");
  };
}
`;

const NEWER = /^Somebody in the group uses a newer version of the app\./;

let server: Server;
let proxy: Proxy;
let rosa: Person;
let folder: string;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  proxy = await Proxy.before(server);
  folder = await mkdtemp(join(tmpdir(), "porchlight-later-"));
});
test.afterEach(async () => {
  await leave({ server, rosa });
  await proxy.close();
  await rm(folder, { recursive: true, force: true });
});

test("A5: what only a newer version knows is kept and passed on, the rest is shown, and the app says that it wants an update", async ({ browser }) => {
  const lee = (...words: string[]) => run(program("porchlight-device"), [...words, "--home", folder]);
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  const link = await rosa.invite();
  await lee("join", link, "--as", "Lee");
  await rosa.go("Group");
  await expect(rosa.page.getByText("2 members")).toBeVisible();
  await expect(rosa.page.getByText(NEWER)).toBeHidden();

  await run(program("later"), [folder, new URL(server.url).host]);
  await expect(rosa.page.getByText(NEWER)).toBeVisible();
  await expect(rosa.page.getByText(/did not fit/)).toBeHidden();
  await rosa.openContact("Mrs. Tran");
  await rosa.change("Area", "5th and Elm");
  await rosa.isSent();

  // Once the server has lost all of it, this phone gives back what it cannot show as well.
  await server.empty();
  await rosa.go("Group");
  await expect(rosa.page.getByText(/^The server had lost \d+ entries\. Phones gave them back\.$/)).toBeVisible();
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await expect(ben.page.getByText(NEWER)).toBeVisible();
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toContainText("5th and Elm");
  // It is still there after a new start.
  await ben.page.reload();
  await ben.go("Group");
  await expect(ben.page.getByText(NEWER)).toBeVisible();
  await ben.leave();
});

test("A5: an app that is too old for the server shows and keeps everything, and says that the older one wants an update", async ({ browser }) => {
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  const ben = await Person.with(browser, "Ben");
  await ben.join((await rosa.invite()).replace(server.url, proxy.url), "Elm Street");
  await ben.go("Contacts");
  await expect(ben.line("Mrs. Tran")).toBeVisible();

  proxy.changeAnswers(speaks(2, 3));
  proxy.mend();
  await ben.go("Group");
  await expect(ben.page.getByText("The server and this app are too far apart in version. Update the older one.")).toBeVisible();
  await ben.addContact("Leo", "+1 202 555 0191");
  await ben.cannotReach();
  await ben.page.reload();
  await ben.go("Contacts");
  await expect(ben.line("Leo")).toBeVisible();
  await expect(ben.line("Mrs. Tran")).toBeVisible();

  // With a server that speaks both, all goes on as before.
  proxy.changeAnswers(speaks(1, 3));
  proxy.mend();
  await ben.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("Leo")).toBeVisible();
  await ben.leave();
});

test("A5: an app of the next version works with a server that does not know all that it says", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  const asked = new Set<string>();
  proxy.holdBack((path) => {
    asked.add(path);
    return undefined;
  });
  proxy.changeFiles((path, body) => (/^\/assets\/worker-/.test(path) ? Buffer.concat([Buffer.from(NEXT_VERSION), body]) : undefined));
  await ben.join((await rosa.invite()).replace(server.url, proxy.url), "Elm Street");
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.isSent();
  await rosa.go("Contacts");
  await expect(rosa.line("Mrs. Tran")).toBeVisible();
  await rosa.addContact("Leo", "+1 202 555 0191");
  await ben.go("Contacts");
  await expect(ben.line("Leo")).toBeVisible();
  await ben.isSent();
  expect(asked).toContain("/healthz?next-version");
  await ben.leave();
});

/** A server that speaks these versions, as its Welcome says: a frame is [64, [{ 0: { 0: lowest, 1: highest }, … }]]. */
function speaks(lowest: number, highest: number): (piece: Buffer) => Buffer {
  const versions = (from: number, to: number) => Buffer.from([0x82, 0x18, 64, 0x81, 0xa5, 0, 0xa2, 0, from, 1, to]);
  return (piece) => {
    const at = piece.indexOf(versions(1, 1));
    if (at < 0) return piece;
    const changed = Buffer.from(piece);
    versions(lowest, highest).copy(changed, at);
    return changed;
  };
}
