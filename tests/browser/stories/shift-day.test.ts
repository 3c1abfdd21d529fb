// The day of a shift: what Now shows, gaps and whom to ask, the hand-over, who is there, the calendar file and paper.

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { leave, street } from "../street";
import { addShift, around, card, dayFromToday, openShift } from "../watch";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

test("B6: Now shows my next shift first, with whom and a number to call, who is on, and the next gap", async () => {
  await rosa.addContact("Rosa Ejemplo", "+1 202 555 0147");
  await rosa.page.getByLabel("This is me").check();
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 2, place: "5th and Elm" });
  await rosa.page.getByRole("button", { name: "I come" }).click();
  await expect(rosa.page.getByText("You are in.")).toBeVisible();
  await addShift(rosa, { title: "Evening rounds", ...around(3, 5), needs: 1 });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Door watch")).toContainText("You are in.");
  await ben.go("Now");
  const next = ben.page.getByRole("region", { name: "My next shift" });
  await expect(next).toContainText("Door watch");
  await expect(next).toContainText("5th and Elm");
  await expect(next.getByRole("link", { name: "Call Rosa, (202) 555-0147" })).toHaveAttribute("href", "tel:+12025550147");
  await expect(ben.page.getByRole("region", { name: "On now" })).toContainText("Ben (you)");
  await expect(ben.page.getByRole("region", { name: "Next gap" })).toContainText("Evening rounds");
  await expect(ben.page.getByRole("region", { name: "Next gap" })).toContainText("Nobody yet");
  await next.getByRole("button", { name: "I am here" }).click();
  await expect(next).toContainText(/Ben, since \d/);
  await next.getByRole("button", { name: "I am leaving" }).click();
  await expect(next).toContainText(/Ben, .+ to \d/);
  // Whoever left is not on; and a slip of the thumb is taken back.
  const on = ben.page.getByRole("region", { name: "On now" });
  await expect(on).not.toContainText("Ben");
  await expect(on).toContainText("Rosa");
  await next.getByRole("button", { name: "I am here again" }).click();
  await expect(next).toContainText(/Ben, since \d/);
  await expect(on).toContainText("Ben (you)");
});

test("B6: a shift that is on with nobody there is named, with nobody", async () => {
  await addShift(rosa, { title: "Door watch", ...around(-1, 2), needs: 1 });
  await rosa.go("Now");
  const on = rosa.page.getByRole("region", { name: "On now" });
  await expect(on).toContainText("Door watch");
  await expect(on).toContainText("Nobody");
});

test("B13: gaps of the next days say what is missing: nobody, one more, a language, hours between shifts", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Rides", day: dayFromToday(1), from: "08:00", to: "10:00", needs: 1, line: "car" });
  await addShift(rosa, { title: "Rides back", day: dayFromToday(1), from: "12:00", to: "14:00", needs: 2, line: "car", language: "Vietnamese" });
  await page.getByRole("button", { name: "I come" }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await rosa.go("Shifts");
  await page.getByRole("link", { name: "4 gaps" }).click();
  const lines = page.getByRole("main").getByRole("listitem");
  await expect(lines.filter({ hasText: "Rides back" }).filter({ hasText: "1 is missing" })).toHaveCount(1);
  await expect(lines.filter({ hasText: "Nobody there speaks Vietnamese" })).toHaveCount(1);
  await expect(lines.filter({ hasText: "Nobody yet" })).toContainText("8:00 AM – 10:00 AM");
  await expect(lines.filter({ hasText: "No shift covers these hours" })).toContainText("10:00 AM – 12:00 PM");
});

/** Soon after midnight it is one of yesterday, and folded away. */
async function openEarlyWatch(person: Person): Promise<void> {
  await expect(card(person, "Late watch")).toBeVisible();
  const folded = person.page.getByRole("button", { name: /^Earlier this week/ });
  if (await folded.isVisible()) await folded.click();
  await card(person, "Early watch").getByRole("link").click();
}

test("B14: the next one has the hand-over with a tap, offline too; one that nobody took is flagged", async () => {
  await addShift(rosa, { title: "Early watch", ...around(-3, -1), needs: 1, line: "door" });
  await addShift(rosa, { title: "Late watch", ...around(-1, 2), needs: 1, line: "door" });
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Late watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Late watch")).toContainText("You are in.");
  await rosa.go("Shifts");
  await openEarlyWatch(rosa);
  await rosa.page.getByRole("button", { name: "Write a hand-over" }).click();
  await rosa.page.getByLabel("What should the next know?").fill("The side door sticks.");
  await rosa.page.getByLabel("An open task").fill("Bring the radio back");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.page.getByRole("region", { name: "For the next shift" })).toContainText("Bring the radio back");
  // The next shift has been on for an hour.
  await rosa.page.goto(`${rosa.page.url().split("/shifts")[0]}/shifts/gaps`);
  await expect(rosa.page.getByRole("region", { name: "Nobody has said to have this hand-over" })).toContainText("The side door sticks.");
  await ben.go("Now");
  const before = ben.page.getByRole("region", { name: "From the shift before" });
  await expect(before).toContainText("The side door sticks.");
  await expect(before).toContainText("Bring the radio back");
  await expect(before.getByLabel("Bring the radio back")).not.toBeChecked();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await before.getByLabel("Bring the radio back").check();
  await before.getByRole("button", { name: "I have it" }).click();
  await expect(before).toContainText("Ben has it.");
  await server.startAgain();
  await ben.isSent();
  await expect(rosa.page.getByRole("region", { name: "Nobody has said to have this hand-over" })).toBeHidden();
  // What is written anew is to be taken anew, and not by whoever wrote it.
  await rosa.go("Shifts");
  await card(rosa, "Late watch").getByRole("link").click();
  const told = rosa.page.getByRole("region", { name: "From the shift before" });
  await expect(told).toContainText("Ben has it.");
  await expect(told.getByRole("button", { name: "I have it" })).toBeHidden();
  await rosa.go("Shifts");
  await openEarlyWatch(rosa);
  await rosa.page.getByRole("button", { name: "Write a hand-over" }).click();
  await rosa.page.getByLabel("What should the next know?").fill("The side door sticks. Gas leak at number 12!");
  await rosa.page.getByRole("button", { name: "Save" }).click();
  await expect(before).toContainText("Gas leak at number 12!");
  await expect(before).toContainText("Ben has what this said before it was changed.");
  await before.getByRole("button", { name: "I have it" }).click();
  await expect(before).toContainText("Ben has it.");
  await expect(before).not.toContainText("before it was changed");
});

test("B15: who fits is offered to be asked, answers with one tap, and “I can stay” is for organizers", async () => {
  await addShift(rosa, { title: "Deliveries", day: dayFromToday(2), from: "10:00", to: "12:00", needs: 2 });
  await rosa.isSent();
  await openShift(ben, "Deliveries", dayFromToday(2));
  await ben.page.getByLabel("I can stay if nobody comes").check();
  await expect(ben.page.getByRole("main")).not.toContainText("can stay ·");
  await expect(rosa.page.getByRole("listitem").filter({ hasText: "Ben" })).toContainText("can stay");
  await rosa.page.getByRole("button", { name: /^Ask/ }).click();
  await expect(ben.page.getByText("You were asked to come.").first()).toBeVisible();
  await ben.go("Now");
  await card(ben, "Deliveries").getByRole("button", { name: "Yes, I come" }).click();
  await expect(ben.page.getByRole("region", { name: "My next shift" })).toContainText("Deliveries");
});

test("B15: standby is asked first, then who speaks the language, and nobody else is named", async () => {
  const { page } = rosa;
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  await rosa.addContact("Zoe Tran", "+1 202 555 0190");
  await page.getByRole("link", { name: "Change" }).click();
  await page.getByLabel("Speaks").selectOption("Vietnamese");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(rosa.contact).toContainText("Vietnamese");
  await addShift(rosa, { title: "Interpreting", day: dayFromToday(2), from: "10:00", to: "12:00", needs: 1, language: "Vietnamese" });
  await page.getByRole("button", { name: /^I come/ }).click();
  await expect(page.getByText("You are in.")).toBeVisible();
  await rosa.isSent();
  await openShift(ben, "Interpreting", dayFromToday(2));
  await ben.page.getByRole("button", { name: /^Put me on standby/ }).click();
  await expect(page.getByText("Standby").first()).toBeVisible();
  await page.getByRole("button", { name: /^I cannot come/ }).click();
  const people = page.getByRole("region", { name: "Who could come" }).getByRole("listitem");
  await expect(people).toContainText(["Ben", "Zoe Tran"]);
  await expect(people.nth(0)).toContainText("standby 1");
  await expect(people.nth(1)).toContainText("speaks Vietnamese");
});

test("B15: whoever cannot come is offered other dates with room", async () => {
  await addShift(rosa, { title: "Deliveries", day: dayFromToday(2), from: "10:00", to: "12:00", needs: 2, repeat: "Every day" });
  await addShift(rosa, { title: "School gate", day: dayFromToday(4), from: "07:00", to: "08:00", needs: 1 });
  await addShift(rosa, { title: "School gate", day: dayFromToday(1), from: "07:00", to: "08:00", needs: 1 });
  await rosa.page.getByRole("button", { name: /^I come/ }).click();
  await rosa.page.getByRole("button", { name: /^I cannot come/ }).click();
  const others = rosa.page.getByRole("list", { name: "There is room here too:" });
  // The same work first, though it is later; then by time.
  const named = (days: number) => new Intl.DateTimeFormat("en-US", { day: "numeric", timeZone: "UTC" }).format(Date.parse(dayFromToday(days)));
  await expect(others.getByRole("link")).toContainText(["School gate", "Deliveries", "Deliveries"]);
  await expect(others.getByRole("link")).toContainText([` ${named(4)},`, ` ${named(2)},`, ` ${named(3)},`]);
  await others.getByRole("link", { name: /^Deliveries/ }).first().click();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Deliveries" })).toBeVisible();
  await rosa.page.getByRole("button", { name: /^I come/ }).click();
  await expect(rosa.page.getByText("You are in.")).toBeVisible();
});

test("B16: my shifts go into the phone's calendar with an alarm", async () => {
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 1 });
  await rosa.page.getByRole("button", { name: "I come" }).click();
  await expect(rosa.page.getByText("You are in.")).toBeVisible();
  await addShift(rosa, { title: "Deliveries", day: dayFromToday(2), from: "10:00", to: "12:00", needs: 1 });
  await rosa.go("Shifts");
  await rosa.page.getByText("Put my shifts into this phone's calendar").click();
  await rosa.page.getByLabel("Remind me").selectOption("2 hours before");
  const saved = rosa.page.waitForEvent("download");
  await rosa.page.getByRole("button", { name: "Save the calendar file" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe("Elm-Street.ics");
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain("SUMMARY:Night watch");
  expect(text).toMatch(/TRIGGER:-PT(2H|120M)/);
  expect(text).toContain("TZID:America/Chicago");
  expect(text).not.toContain("Deliveries");
});

test("F32: a shift past midnight is on the sheets of both days, and the sign-in sheet has room to sign", async () => {
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 2 });
  await rosa.page.getByRole("button", { name: "I come" }).click();
  await expect(rosa.page.getByText("You are in.")).toBeVisible();
  await rosa.go("Shifts");
  await rosa.page.getByRole("link", { name: "Print today's shifts" }).click();
  await rosa.page.emulateMedia({ media: "print" });
  for (const [days, there] of [[1, true], [2, true], [3, false]] as const) {
    await rosa.page.emulateMedia({ media: "screen" });
    await rosa.page.getByLabel("Day", { exact: true }).fill(dayFromToday(days));
    await rosa.page.getByLabel("Day", { exact: true }).blur();
    await rosa.page.emulateMedia({ media: "print" });
    const sheet = rosa.page.getByRole("main");
    if (there) await expect(sheet).toContainText("1 of 2: Rosa");
    else await expect(sheet).toContainText("No shifts on this day.");
  }
  await rosa.page.emulateMedia({ media: "screen" });
  await rosa.page.getByRole("link", { name: "Sign-in sheet" }).click();
  await rosa.page.getByLabel("Day", { exact: true }).fill(dayFromToday(1));
  await rosa.page.getByLabel("Day", { exact: true }).blur();
  await expect(rosa.page.getByRole("row").filter({ hasText: "Rosa" })).toHaveCount(1);
  await expect(rosa.page.getByRole("columnheader", { name: "Signature" })).toBeVisible();
  await expect(rosa.page.getByRole("row")).toHaveCount(5);
});
