// A place that became free: the first on standby is asked, for a while; whoever has no phone is asked by who wrote them down.

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

test("B8: a place that is kept for somebody is promised to nobody else, and who wrote them down asks them", async () => {
  const { page } = rosa;
  await rosa.addContact("Nana Example", "+1 202 555 0147");
  await addShift(rosa, { title: "One seat", day: dayFromToday(3), from: "10:00", to: "12:00", needs: 1 });
  await page.getByRole("button", { name: "I come" }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await rosa.isSent();
  await openShift(ben, "One seat", dayFromToday(3));
  await ben.page.getByRole("button", { name: "Put me on standby" }).click();
  await expect(page.getByRole("heading", { name: "Who comes: 1 of 1 + 1 standby" })).toBeVisible();
  await page.getByRole("button", { name: "I cannot come" }).click();
  await expect(ben.page.getByText(/A place became free\. Do you take it\? It is kept until .+\./)).toBeVisible();
  await expect(page.getByText("A place is free; Ben is asked first.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Put me on standby" })).toBeVisible();
  await expect(page.getByRole("button", { name: /I can come|I come/ })).toHaveCount(0);
  const could = page.getByRole("region", { name: "Who could come" });
  await could.getByRole("listitem").filter({ hasText: "Nana Example" }).getByRole("button", { name: "Write in" }).click();
  await expect(ben.page.getByRole("heading", { name: "Who comes: 0 of 1 + 2 standby" })).toBeVisible();
  await ben.page.getByRole("button", { name: "No, stay on standby" }).click();
  await expect(ben.page.getByText("A place is free; Nana Example is asked first. You are standby 1.").or(ben.page.getByText("A place is free; Nana Example is asked first. You are next."))).toBeVisible();
  await rosa.go("Now");
  await expect(card(rosa, "One seat")).toContainText("A place became free for Nana Example, who has no phone here.");
  await card(rosa, "One seat").getByRole("button", { name: "Yes, Nana Example comes" }).click();
  await expect(ben.page.getByRole("heading", { name: "Who comes: 1 of 1 + 1 standby" })).toBeVisible();
});
