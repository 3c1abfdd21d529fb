// Who comes to a shift: anybody is found by name, and others answer for people who have no phone here.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, card, dayFromToday, openShift } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("B7: somebody who does not fit best is found by name and written in, also again after they were taken off", async () => {
  const { page } = rosa;
  await rosa.addContact("Nana Example", "+1 202 555 0147");
  await addShift(rosa, { title: "Interpreting", day: dayFromToday(2), from: "10:00", to: "12:00", needs: 1, language: "Vietnamese" });
  const could = page.getByRole("region", { name: "Who could come" });
  await expect(could.getByRole("listitem")).toHaveCount(0);
  const field = could.getByLabel("Somebody else? Type the name.");
  await field.fill("nobody");
  await expect(could.getByText("Nobody else of this name is in the group or its contacts.")).toBeVisible();
  await field.fill("ben");
  await expect(could.getByRole("button", { name: /^Ask.*Ben/ })).toBeVisible();
  await field.fill("exa");
  await could.getByRole("button", { name: /^Write in.*Nana Example/ }).click();
  await expect(field).toHaveValue("");
  await expect(page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
  // Also where all places are taken: somebody may be put on standby.
  await field.fill("ben");
  await expect(could.getByRole("button", { name: /^Ask.*Ben/ })).toBeVisible();
  const who = page.getByRole("region", { name: "Who comes" });
  await who.getByRole("button", { name: /^Take off.*Nana Example/ }).click();
  await who.getByRole("button", { name: /^Yes, take off.*Nana Example/ }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 0 of 1" })).toBeVisible();
  await field.fill("nana");
  await expect(could.getByRole("listitem")).toContainText("Does not come");
  await could.getByRole("button", { name: /^Write in.*Nana Example/ }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
});

test("B9: for somebody without a phone, who wrote them in says whether they still come to a shift that was moved", async () => {
  const { page } = rosa;
  await rosa.addContact("Nana Example", "+1 202 555 0147");
  await addShift(rosa, { title: "Food shelf", day: dayFromToday(3), from: "10:00", to: "12:00", needs: 1 });
  const could = page.getByRole("region", { name: "Who could come" });
  const move = async (from: string, to: string) => {
    await page.getByRole("link", { name: "Change", exact: true }).click();
    await page.getByLabel("From", { exact: true }).fill(from);
    await page.getByLabel("Until", { exact: true }).fill(to);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name: "Who comes: 0 of 1 + 1 asked" })).toBeVisible();
  };
  await could.getByRole("button", { name: /^Write in.*Nana Example/ }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
  await move("15:00", "17:00");
  await expect(page.getByText("Nana Example, who has no phone here, has yet to say whether they come. Please ask, and answer here.")).toBeVisible();
  await expect(page.getByText(/It was .+10:00.+Now it is .+3:00/)).toBeVisible();
  await page.getByRole("button", { name: "Yes, Nana Example comes" }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
  await move("18:00", "19:00");
  await page.getByRole("button", { name: "No, Nana Example does not come" }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 0 of 1" })).toBeVisible();
});

test("B9: whoever wrote somebody in who has no phone is asked on Now after others moved the shift", async () => {
  const { page } = ben;
  await rosa.addContact("Nana Example", "+1 202 555 0147");
  await addShift(rosa, { title: "Food shelf", day: dayFromToday(3), from: "10:00", to: "12:00", needs: 1 });
  await rosa.isSent();
  await openShift(ben, "Food shelf", dayFromToday(3));
  await page.getByRole("button", { name: /^Write in.*Nana Example/ }).click();
  await expect(rosa.page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
  await rosa.page.getByRole("link", { name: "Change", exact: true }).click();
  await rosa.page.getByLabel("From", { exact: true }).fill("15:00");
  await rosa.page.getByLabel("Until", { exact: true }).fill("17:00");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 0 of 1 + 1 asked" })).toBeVisible();
  await ben.go("Now");
  await card(ben, "Food shelf").getByRole("button", { name: "Yes, Nana Example comes" }).click();
  await expect(rosa.page.getByRole("heading", { name: "Who comes: 1 of 1" })).toBeVisible();
});

test("B8: whoever is taken off a shift is told by whom, until they have seen it", async () => {
  const { page } = ben;
  await addShift(rosa, { title: "School gate", day: dayFromToday(1), from: "08:00", to: "10:00", needs: 2 });
  await rosa.isSent();
  await openShift(ben, "School gate", dayFromToday(1));
  await page.getByRole("button", { name: /^I come/ }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await ben.go("Now");
  const who = rosa.page.getByRole("region", { name: "Who comes" });
  await who.getByRole("button", { name: /^Take off.*Ben/ }).click();
  await who.getByRole("button", { name: /^Yes, take off.*Ben/ }).click();
  const told = card(ben, "School gate");
  await expect(told.getByText("Rosa took you off this shift.")).toBeVisible();
  await expect(told.getByRole("button", { name: /^I can come after all/ })).toBeVisible();
  await told.getByRole("button", { name: /^I have seen it/ }).click();
  await expect(told).toHaveCount(0);
  await ben.isSent();
  await page.reload();
  await expect(page.getByText("You have no shift in the next two weeks")).toBeVisible();
  await expect(told).toHaveCount(0);
  await openShift(ben, "School gate", dayFromToday(1));
  await expect(page.getByRole("button", { name: /^I can come after all/ })).toBeVisible();
  await expect(page.getByText("Rosa took you off this shift.")).toHaveCount(0);
});
