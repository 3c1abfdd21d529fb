// Whoever uses keys or a screen reader: what they do takes what has the focus off the screen, and they go on from there, with
// the next thing or the heading above, and never from the top of the page.

import { expect, test, type Locator } from "@playwright/test";
import { inTwoYears, Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

async function enter(what: Locator): Promise<void> {
  await what.focus();
  await what.press("Enter");
}

test("F29: in the contacts the focus goes on when somebody was asked, was dropped, or a number was removed", async () => {
  const { page } = rosa;
  for (const [place, name] of ["Ana", "Ben", "Carla"].entries()) await rosa.addContact(name, `+1 202 555 010${place}`);
  await rosa.go("Contacts");
  await inTwoYears(page);
  await rosa.useList("Confirm yearly");
  const names = await page.locator("main li a").allTextContents();
  await enter(page.getByRole("button", { name: `All is right: ${names[0]}` }));
  await expect(page.getByRole("link", { name: names[1], exact: true })).toBeFocused();
  await enter(page.getByRole("button", { name: `Drop ${names[1]}` }));
  await page.getByRole("button", { name: "Remove for everyone" }).press("Enter");
  await expect(page.getByRole("link", { name: names[2], exact: true })).toBeFocused();
  await enter(page.getByRole("button", { name: `All is right: ${names[2]}` }));
  await expect(page.getByText("Everybody was asked within a year.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Confirm once a year" })).toBeFocused();

  await rosa.openContact(names[0] ?? "");
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByRole("button", { name: "Add a phone number" }).click();
  await page.getByLabel("Phone number 2", { exact: true }).fill("+1 202 555 0150");
  await enter(page.getByRole("button", { name: "Remove phone number 1" }));
  await expect(page.getByLabel("Phone number 1", { exact: true })).toHaveValue("+1 202 555 0150");
  await expect(page.getByLabel("Kind of phone number 1")).toBeFocused();
  await enter(page.getByRole("button", { name: "Remove phone number 1" }));
  await expect(page.getByRole("button", { name: "Add a phone number" })).toBeFocused();
  // A dialog that is closed leads back to where it was opened from.
  await rosa.openContact(names[2] ?? "");
  await enter(page.getByRole("button", { name: "Remove", exact: true }));
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Remove", exact: true })).toBeFocused();
});

test("F29: the focus goes on when a task is ticked in the list, and when somebody votes", async () => {
  const { page } = rosa;
  await rosa.go("Notes");
  await page.getByRole("button", { name: "New minutes" }).click();
  await page.getByLabel("Text", { exact: true }).fill("## Tasks\n- [ ] Bring chairs\n- [ ] Ask the bakery\n- [ ] Sweep");
  await page.getByRole("button", { name: "Done writing" }).click();
  await page.getByRole("link", { name: "All notes" }).click();
  await page.getByRole("link", { name: "Tasks", exact: true }).click();
  const tasks = page.getByRole("checkbox");
  await expect(tasks).toHaveCount(3);
  const second = await tasks.nth(1).evaluate((box: HTMLInputElement) => box.labels?.[0]?.innerText ?? "");
  await tasks.first().focus();
  await page.keyboard.press("Space");
  await expect(tasks).toHaveCount(2);
  await expect(page.getByLabel(second, { exact: true })).toBeFocused();
  // Once its day is given it may stand elsewhere in the list, and has the focus there.
  const change = page.getByRole("button", { name: /Owner and day of: Sweep/ });
  await enter(change);
  await page.getByLabel("Until which day").fill("2026-01-02");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(change).toBeFocused();

  await page.getByRole("link", { name: "Decisions" }).click();
  await page.getByRole("link", { name: "New decision" }).click();
  await page.getByLabel("What is proposed or asked?").fill("Paint the shed");
  await page.getByRole("button", { name: "Ask everyone" }).click();
  await page.getByLabel("Agree", { exact: true }).check();
  await enter(page.getByRole("button", { name: "Give this answer" }));
  await expect(page.getByRole("button", { name: "Change my answer" })).toBeFocused();
});

test("F29: the focus goes on when a member's role is changed and when a member is taken out", async ({ browser }) => {
  const { page } = rosa;
  for (const name of ["Ben", "Chidi"]) {
    const other = await Person.with(browser, name);
    await other.join(await rosa.invite(), "Elm Street");
    await other.leave();
  }
  const members = page.locator("main li").getByRole("button", { name: /Ben|Chidi/ });
  await expect(members).toHaveCount(2);
  const [first, second] = (await members.locator(".who").allTextContents()).map((name) => name.trim());
  await enter(members.first());
  const role = page.getByRole("dialog").getByLabel("What may they do?");
  await role.focus();
  await role.selectOption("Reads only");
  await expect(role).toBeFocused();
  const save = page.getByRole("button", { name: "Save what they may do" });
  await enter(save);
  await expect(members.first()).toContainText("Reads only");
  await expect(save).toBeFocused();
  await enter(page.getByRole("button", { name: `Remove ${first} from the group` }));
  await expect(members).toHaveCount(1);
  await expect(page.getByRole("button", { name: second })).toBeFocused();
});
