// Shifts by the calendar: a day, a week and a month, on a phone and on a wide screen.

import { expect, test } from "@playwright/test";
import { textsOf } from "../pdf";
import { Person } from "../people";
import { leave, street, type Street } from "../street";
import { addShift, card, dayFromToday } from "../watch";

let all: Street;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  all = await street(browser);
  ({ rosa, ben } = all);
  await rosa.page.setViewportSize({ width: 360, height: 740 });
});
test.afterEach(() => leave(all));

const written = (day: string, style: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { ...style, timeZone: "UTC" }).format(Date.parse(day));
const long = (day: string) => written(day, { weekday: "long", month: "long", day: "numeric" });

/** What stands under a day of the week that is shown. */
const under = ({ page }: Person, day: string) => page.getByRole("main").locator("ol > li").filter({ has: page.getByRole("link", { name: long(day) }) });

async function look(person: Person, view: "List" | "Day" | "Week" | "Month"): Promise<void> {
  const link = person.page.getByRole("navigation", { name: "How to show the shifts" }).getByRole("link", { name: view });
  await link.click();
  await expect(link).toHaveAttribute("aria-current", "page");
}

test("B7: in the view of a day a place is taken with one tap, and the next day shows who is there past midnight", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 2 });
  await rosa.go("Shifts");
  await look(rosa, "Day");
  const shown = page.getByRole("navigation", { name: "Which days" });
  await expect(shown).toContainText(long(dayFromToday(0)));
  await expect(page.getByText("Nothing is planned for these days yet.")).toBeVisible();
  await page.getByRole("button", { name: "Later" }).click();
  await expect(shown).toContainText(long(dayFromToday(1)));
  await card(rosa, "Night watch").getByRole("button", { name: "I come" }).click();
  await expect(card(rosa, "Night watch")).toContainText("You are in.");
  await page.getByRole("button", { name: "Later" }).click();
  await expect(shown).toContainText(long(dayFromToday(2)));
  // It says when it began.
  await expect(card(rosa, "Night watch")).toContainText(written(dayFromToday(1), { weekday: "short" }));
  await page.getByRole("button", { name: "Later" }).click();
  await expect(shown).toContainText(long(dayFromToday(3)));
  await expect(card(rosa, "Night watch")).toBeHidden();
  // Whoever opens a shift and goes back finds the day again.
  await page.getByRole("button", { name: "Earlier" }).click();
  await card(rosa, "Night watch").getByRole("link", { name: "Night watch" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await page.goBack();
  await expect(shown).toContainText(long(dayFromToday(2)));
  await page.getByRole("button", { name: "Today" }).click();
  await expect(shown).toContainText(long(dayFromToday(0)));
});

test("B13: a week shows its seven days, what is missing on each, and is kept fresh; on a wide screen side by side", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Night watch", day: dayFromToday(0), from: "20:00", to: "06:00", needs: 2 });
  await rosa.go("Shifts");
  await look(rosa, "Week");
  const days = page.getByRole("main").locator("ol > li");
  await expect(days).toHaveCount(7);
  const today = under(rosa, dayFromToday(0));
  await expect(today.getByRole("link", { name: "Night watch" })).toContainText("0 of 2");
  await expect(today.getByRole("heading", { name: `${long(dayFromToday(0))}, 1 shift, 1 with room` })).toBeVisible();
  // Ben comes, on his phone.
  await rosa.isSent();
  await ben.go("Shifts");
  await card(ben, "Night watch").getByRole("button", { name: "I come" }).click();
  await expect(today.getByRole("link", { name: "Night watch" })).toContainText("1 of 2");
  await expect(today.getByRole("link", { name: "Night watch" })).toContainText("Ben");
  // Past midnight it stands under the next day too, in this week or the next.
  if ((await under(rosa, dayFromToday(1)).count()) === 0) await page.getByRole("button", { name: "Later" }).click();
  await expect(under(rosa, dayFromToday(1)).getByRole("link", { name: "Night watch" })).toContainText(`${written(dayFromToday(0), { weekday: "short" })}, 8:00 PM – 6:00 AM`);
  await page.getByRole("button", { name: "Today" }).click();

  const tops = () => days.evaluateAll((all) => new Set(all.map((one) => Math.round(one.getBoundingClientRect().top))).size);
  expect(await tops()).toBe(7);
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect.poll(tops).toBe(1);
  // On paper one below the other again, with the week's dates.
  const paper = textsOf(await page.pdf({ format: "A4" })).join(" ");
  expect(paper).toContain("Nightwatch");
  expect(paper).toContain(written(dayFromToday(0), { month: "short" }));
  expect(paper).not.toContain("Earlier");
  expect(paper).not.toContain("Today");

  await today.getByRole("link", { name: long(dayFromToday(0)) }).click();
  await expect(card(rosa, "Night watch")).toContainText("Ben");
});

test("B13: by keyboard alone from the list to the week and to another one, and the focus stays", async () => {
  const { page } = rosa;
  await rosa.go("Shifts");
  await expect(page.getByRole("link", { name: "Week" })).toBeVisible();
  await rosa.press(/^Week$/);
  await expect(page.getByRole("main").locator("ol > li")).toHaveCount(7);
  await rosa.focus(/^Later$/);
  const shown = page.getByRole("navigation", { name: "Which days" }).getByRole("paragraph");
  await expect(shown).toHaveText(/\d/);
  const before = await shown.textContent();
  await page.keyboard.press("Enter");
  await expect(shown).not.toHaveText(before ?? "");
  await expect(page.getByRole("button", { name: "Later" })).toBeFocused();
  // The list begins in that week.
  await look(rosa, "List");
  await expect(page.getByRole("navigation", { name: "Which weeks" })).not.toContainText(before?.split(" to ")[0] ?? "?");
});

test("F30: the first day of the week is that of the phone's region, in the week and in the month", async ({ browser }) => {
  const { server } = all;
  for (const [locale, first] of [["en-US", 0], ["en-GB", 1], ["ar-EG", 6]] as const) {
    const person = await Person.with(browser, "Ana", { locale, timezoneId: "UTC" });
    const group = await joinIn(person, await rosa.invite());
    await person.page.goto(`${server.url}/#/group/${group}/shifts/week/2026-11-25`);
    const days = person.page.locator("main ol > li");
    await expect(days).toHaveCount(7);
    // The 22nd of November 2026 is a Sunday.
    const start = { 0: 22, 1: 23, 6: 21 }[first];
    await expect(days.first().locator(".number")).toHaveText(new Intl.NumberFormat(locale).format(start));
    await person.page.goto(`${server.url}/#/group/${group}/shifts/month/2026-11-25`);
    const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.parse(`2026-11-${start}`));
    await expect(person.page.locator("thead abbr").first()).toHaveAttribute("title", weekday);
    await person.leave();
  }
});

/** In whatever language. */
async function joinIn({ page }: Person, link: string): Promise<string> {
  await page.goto(link);
  await page.locator("form input").first().fill("Ana");
  await page.locator("form .button.main").click();
  await page.waitForURL(/#\/group\/.+\/now/);
  return /group\/([^/]+)/.exec(page.url())?.[1] ?? "";
}
