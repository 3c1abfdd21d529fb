// The group's time zone, which was wrong at first: a shift has one time everywhere, and says by whose clocks.

import { expect, test } from "@playwright/test";
import { ask, groupOf } from "../asking";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, card, dayFromToday } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("B12: after the group's zone was corrected a shift has one time in every list, and names its zone", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Night watch", day: dayFromToday(2), from: "20:00", to: "23:00", needs: 1 });
  await ask(rosa, { do: "about", group: groupOf(rosa), ask: { change: { zone: "Europe/Berlin" } } });
  await rosa.go("Shifts");
  await expect(card(rosa, "Night watch")).toContainText("8:00 PM – 11:00 PM");
  await expect(card(rosa, "Night watch")).toContainText("By the clocks in Chicago");
  await page.getByRole("link", { name: "1 gap" }).click();
  await expect(page.getByRole("main").getByRole("listitem")).toContainText("8:00 PM – 11:00 PM · By the clocks in Chicago");
  const named = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric", timeZone: "UTC" }).format(Date.parse(dayFromToday(2)));
  await expect(page.getByRole("heading", { level: 2, name: named })).toBeVisible();
  await rosa.go("Now");
  await expect(page.getByRole("region", { name: "Next gap" })).toContainText("8:00 PM – 11:00 PM · By the clocks in Chicago");
  // One that is made from now on is told by the group's own clocks.
  await addShift(rosa, { title: "Morning rounds", day: dayFromToday(2), from: "08:00", to: "09:00", needs: 1 });
  await expect(page.getByText("By the clocks in Chicago")).toHaveCount(0);
});

test("B12: a shift and a series are told by the group's own clocks once somebody says so, and who comes is asked", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Day watch", day: dayFromToday(1), from: "07:00", to: "09:00", needs: 1, repeat: "Every day" });
  await addShift(rosa, { title: "Night watch", day: dayFromToday(2), from: "20:00", to: "23:00", needs: 1 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Night watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Night watch")).toContainText("You are in.");
  await ask(rosa, { do: "about", group: groupOf(rosa), ask: { change: { zone: "Europe/Berlin" } } });
  await expect(page.getByText("By the clocks in Chicago")).toBeVisible();
  await page.getByRole("link", { name: "Change", exact: true }).click();
  await page.getByLabel("Tell it by the clocks in Berlin").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await expect(page.locator(".when")).toContainText("8:00 PM – 11:00 PM");
  await expect(page.getByText("By the clocks in Chicago")).toHaveCount(0);
  await expect(card(ben, "Night watch")).toContainText(/It was .*8:00 PM – 11:00 PM · By the clocks in Chicago\./);
  await expect(card(ben, "Night watch")).toContainText(/Now it is .*8:00 PM – 11:00 PM\./);
  await rosa.go("Shifts");
  await card(rosa, "Day watch").first().getByRole("link", { name: "Day watch" }).click();
  await page.getByRole("link", { name: "Change", exact: true }).click();
  await page.getByLabel("This and all after it").check();
  await page.getByLabel("Tell it by the clocks in Berlin").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(card(rosa, "Day watch").first()).toContainText("7:00 AM – 9:00 AM");
  await expect(page.getByText("By the clocks in Chicago")).toHaveCount(0);
});
