// A phone without room: everything can be read, what is typed stays where it is, and it goes on once there is room.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";

let server: Server;
let rosa: Person;
let ben: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await rosa.appIsKept();
});
test.afterEach(() => leave({ server, rosa, ben }));

const FULL = "This phone is full and cannot save";
const NOT_SAVED = "This phone is full: this is not saved. Make room, then try again.";

/** From now on the browser gives up whatever is to be written, as without room; gives what makes room again. */
async function fill({ page }: Person): Promise<() => Promise<void>> {
  const [worker] = page.workers();
  if (worker === undefined) throw new Error("nothing runs the device");
  // The browser's own limit is looked at every half a minute only.
  await worker.evaluate(() => {
    const writes = IDBObjectStore.prototype as IDBObjectStore & { put_: IDBObjectStore["put"] };
    const over = new WeakSet<IDBTransaction>();
    writes.put_ = writes.put;
    writes.put = function (this: IDBObjectStore & { put_: IDBObjectStore["put"] }, value, key) {
      const request = this.put_(value, key);
      // Once all of it was asked for.
      if (!over.has(this.transaction)) queueMicrotask(() => this.transaction.abort());
      over.add(this.transaction);
      return request;
    };
  });
  return () =>
    worker.evaluate(() => {
      const writes = IDBObjectStore.prototype as IDBObjectStore & { put_: IDBObjectStore["put"] };
      writes.put = writes.put_;
    });
}

function line({ page }: Person) {
  return page.getByRole("heading", { name: FULL });
}

async function tryAgain({ page }: Person): Promise<void> {
  await page.getByRole("button", { name: "Try again" }).click();
}

test("what comes in from others takes nothing away, and comes in once there is room", async () => {
  await rosa.go("Contacts");
  const free = await fill(rosa);
  await ben.addContact("Leo", "+1 202 555 0191");
  await ben.isSent();
  await expect(line(rosa)).toBeVisible();
  await rosa.openContact("Mrs. Tran");
  await expect(rosa.contact.getByRole("link", { name: /555.0190/ }).first()).toBeVisible();
  await rosa.go("Shifts");
  await rosa.go("Group");
  await tryAgain(rosa);
  await expect(line(rosa)).toBeVisible();

  await free();
  await tryAgain(rosa);
  await expect(line(rosa)).toBeHidden();
  await rosa.go("Contacts");
  await expect(rosa.line("Leo")).toBeVisible();
  await rosa.isSent();
});

test("a save that did not go through says so, keeps the form, and is made once", async () => {
  await rosa.go("Contacts");
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  const name = rosa.page.getByLabel("Name", { exact: true });
  const free = await fill(rosa);
  await name.fill("Quinn");
  await rosa.page.getByLabel("Phone number 1", { exact: true }).fill("+1 202 555 0192");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByText(NOT_SAVED)).toBeVisible();
  await expect(line(rosa)).toBeVisible();
  await expect(name).toHaveValue("Quinn");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByText(NOT_SAVED)).toBeVisible();

  await free();
  // Whoever saves need not say that there is room.
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Quinn" })).toBeVisible();
  await expect(line(rosa)).toBeHidden();
  await rosa.isSent();
  await ben.go("Contacts");
  await expect(ben.line("Quinn")).toHaveCount(1);
  await rosa.go("Contacts");
  await expect(rosa.line("Quinn")).toHaveCount(1);
});

test("what is typed and not saved outlives the form, and the tab once there is room", async () => {
  await rosa.go("Contacts");
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  const name = rosa.page.getByLabel("Name", { exact: true });
  const free = await fill(rosa);
  await name.fill("Quinn from the corner");
  // It was to be kept, and could not be.
  await expect(line(rosa)).toBeVisible();
  await expect(name).toHaveValue("Quinn from the corner");
  await rosa.go("Shifts");
  await rosa.go("Contacts");
  await rosa.page.getByRole("link", { name: "Add", exact: true }).click();
  await expect(name).toHaveValue("Quinn from the corner");

  await free();
  await tryAgain(rosa);
  await expect(line(rosa)).toBeHidden();
  await rosa.page.reload();
  await expect(name).toHaveValue("Quinn from the corner");
});
