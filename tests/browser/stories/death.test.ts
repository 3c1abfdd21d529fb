// The browser is killed in the middle of things: everything that was typed is there when it starts again.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

let server: Server;
let rosa: Person;
test.beforeEach(async () => {
  server = await Server.start();
  rosa = await Person.withOwnFolder("Rosa");
  await rosa.found(server, "Elm Street");
});
test.afterEach(async () => {
  await rosa.leave();
  await server.remove();
});

test("A1: edits made while the server is away survive the death of the browser, and are sent later", async () => {
  await rosa.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await rosa.addContact("Zoë Offline", "+1 202 555 0133");
  await rosa.dieAndStartAgain();

  await rosa.open(server);
  await expect(rosa.line("Zoë Offline")).toBeVisible();
  await server.startAgain();
  await rosa.isSent();
});

test("A1: a phone that had only a part of the app when the server went away starts again with what it wrote", async () => {
  // This one is here for a minute only, on a bad network.
  const cai = await Person.withOwnFolder("Cai");
  try {
    await cai.context.route(/\/assets\/rest_bg-/, (route) => route.abort());
    await cai.join(await rosa.invite(), "Elm Street");
    await cai.addContact("Mrs. Tran", "+1 202 555 0190");
    await cai.isSent();
    await cai.shellIsKept();
    await server.stop();
    await cai.cannotReach();
    await cai.addContact("Zoë Offline", "+1 202 555 0133");
    await cai.dieAndStartAgain();

    await cai.open(server);
    await expect(cai.line("Zoë Offline")).toBeVisible();
    await cai.openContact("Zoë Offline");
    await cai.change("Area", "5th and Elm");
    await server.startAgain();
    await cai.isSent();
    await rosa.openContact("Zoë Offline");
    await expect(rosa.contact.getByText("5th and Elm")).toBeVisible();
  } finally {
    await cai.leave();
  }
});

test("A1: what was typed and not saved is still there after the browser died", async () => {
  await rosa.go("Contacts");
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await rosa.page.getByLabel("Name", { exact: true }).fill("Half a na");
  await rosa.page.getByLabel("Note", { exact: true }).pressSequentially("bell broken");
  await expect(async () => expect(await rosa.draftText()).toContain("bell broken")).toPass({ timeout: 2_000 });
  await rosa.dieAndStartAgain();

  await rosa.open(server);
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await expect(rosa.page.getByText("You had not saved this yet. It is still here.")).toBeVisible();
  await expect(rosa.page.getByLabel("Name", { exact: true })).toHaveValue("Half a na");
  await expect(rosa.page.getByLabel("Note", { exact: true })).toHaveValue("bell broken");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Half a na" })).toBeVisible();
  await rosa.page.getByRole("link", { name: "All contacts" }).click();
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await expect(rosa.page.getByLabel("Name", { exact: true })).toHaveValue("");
});
