// The first day of a group: it is founded, people join, all keep one list, with and without a network.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

const GROUP = "Elm Street";

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(() => server.remove());

test("E26: one founds, another joins while the first is away, both see the same list", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, GROUP);
  await rosa.addContact("Mrs. Tran", "202-555-0190");
  const link = await rosa.invite();
  await rosa.page.close();

  const ben = await Person.with(browser, "Ben");
  await ben.join(link, GROUP);
  await ben.openContact("Mrs. Tran");
  // Read as a number of the group's country, and shown as people there write it.
  await expect(ben.contact.getByText("(202) 555-0190")).toBeVisible();
  await ben.change("Area", "5th and Elm");
  await ben.isSent();

  await rosa.open(server);
  await expect(rosa.line("Mrs. Tran")).toContainText("5th and Elm");
  await rosa.go("Group");
  await expect(rosa.page.getByText("2 members")).toBeVisible();
});

test("C18: both edit without a network, and both end with the same list", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, GROUP);
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), GROUP);
  await ben.openContact("Mrs. Tran");

  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await ben.cannotReach();
  await rosa.openContact("Mrs. Tran");
  await rosa.change("Area", "5th and Elm");
  await rosa.addContact("Zoë Offline", "+1 202 555 0133");
  await ben.openContact("Mrs. Tran");
  await ben.change("Phone number 1", "+1 202 555 0191");
  await ben.addContact("Óscar Offline", "+1 202 555 0134");

  await server.startAgain();
  for (const person of [rosa, ben]) {
    await person.isSent();
    await person.go("Contacts");
    await expect(person.line("Zoë Offline")).toBeVisible();
    await expect(person.line("Óscar Offline")).toBeVisible();
    await expect(person.line("Mrs. Tran")).toContainText("(202) 555-0191");
    await expect(person.line("Mrs. Tran")).toContainText("5th and Elm");
  }
});

test("F35: what is typed goes nowhere in clear, and no secret stays in an address", async ({ browser }) => {
  const canary = "CanaryOfElmStreet";
  const rosa = await Person.with(browser, "Rosa");
  const frames: Buffer[] = [];
  rosa.page.on("websocket", (socket) => {
    const take = ({ payload }: { payload: string | Buffer }) => frames.push(Buffer.from(payload));
    socket.on("framesent", take);
    socket.on("framereceived", take);
  });
  const asked: string[] = [];
  rosa.context.on("request", (request) => asked.push(request.url() + (request.postData() ?? "")));
  await rosa.found(server, `${canary} Group`);
  await rosa.addContact(`${canary} Contact`, "+1 202 555 0190");
  await rosa.isSent();
  const link = await rosa.invite();

  expect(frames.length).toBeGreaterThan(4);
  const everything = Buffer.concat(frames).toString("latin1") + asked.join("\n") + server.log;
  expect(everything).not.toContain(canary);
  expect(everything).not.toContain("5550190");
  expect(everything).not.toContain(link.split("/join/")[1]);
  expect(rosa.page.url()).not.toContain(server.startLink.split("/start/")[1]);
  for (const url of asked) expect(new URL(url).origin).toBe(server.url);
});
