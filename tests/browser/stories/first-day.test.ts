// The first day of a group: it is founded, somebody joins, both keep one list, with and without a network.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

test.describe("a group's first day", () => {
  let server: Server;
  test.beforeAll(async () => {
    server = await Server.start();
  });
  test.afterAll(() => server.remove());

  test("one founds, one joins, both edit offline, both converge", async ({ browser }) => {
    const rosa = await Person.with(browser, "Rosa");
    rosa.page.on("console", (message) => console.log("rosa", message.text()));
    rosa.page.on("pageerror", (error) => console.log("rosa", error));
    await rosa.found(server, "Elm Street");
    expect(rosa.page.url()).not.toContain("start/");
    const link = await rosa.invite();
    const ben = await Person.with(browser, "Ben");
    ben.page.on("console", (message) => console.log("ben", message.text()));
    await ben.join(link, "Elm Street");
    expect(ben.page.url()).not.toContain(link.split("/join/")[1]);
    await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
    await ben.go("Contacts");
    await expect(ben.line("Mrs. Tran")).toBeVisible();
  });
});
