// What people do with shifts, in their words, and days on the calendar of the group's zone.

import { expect, type Locator } from "@playwright/test";
import { PHONE } from "./chromium";
import type { Person } from "./people";

export interface NewShift {
  title: string;
  day: string;
  from: string;
  to: string;
  needs: number;
  place?: string;
  /** The line without gaps that it is part of. */
  line?: string;
  /** A language that somebody there should speak. */
  language?: string;
  /** One of the ways that the form offers. */
  repeat?: string;
}

/** Fills in the form and waits until the shift, or the list for a series, is shown. */
export async function addShift(person: Person, shift: NewShift): Promise<void> {
  const { page } = person;
  const { title, day, from, to, needs, place, repeat, line, language } = shift;
  await person.go("Shifts");
  await page.getByRole("link", { name: "Add", exact: true }).click();
  await page.getByLabel("What is it called?").fill(title);
  await page.getByLabel("Day", { exact: true }).fill(day);
  await page.getByLabel("From", { exact: true }).fill(from);
  await page.getByLabel("Until", { exact: true }).fill(to);
  if (place !== undefined) await page.getByLabel("Where", { exact: true }).fill(place);
  await page.getByLabel("How many people?").selectOption(String(needs));
  if (repeat !== undefined) await page.getByLabel("Does it repeat?").selectOption(repeat);
  if (line !== undefined || language !== undefined) await page.getByText("More to say").click();
  if (language !== undefined) await page.getByLabel("Somebody there should speak").selectOption(language);
  if (line !== undefined) await page.getByLabel("Part of a line without gaps").fill(line);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: repeat === undefined ? title : "Shifts" })).toBeVisible();
}

/** The shift in the list that is shown. */
export function card(person: Person, title: string): Locator {
  return person.page.getByRole("article").filter({ has: person.page.getByRole("heading", { name: title }) });
}

/** Goes to the weeks of a day and opens the shift. */
export async function openShift(person: Person, title: string, day: string): Promise<void> {
  await person.go("Shifts");
  const weeks = Math.floor((Date.parse(day) - Date.parse(dayFromToday(0))) / (7 * DAY_MS));
  for (let week = 0; week < weeks; week++) await person.page.getByRole("button", { name: "A week later" }).click();
  await card(person, title).getByRole("heading").getByRole("link").click();
  await expect(person.page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

const DAY_MS = 24 * 3_600_000;

/** So many days from today, where the people of the stories are. */
export function dayFromToday(days: number): string {
  return dayIn(PHONE.timezoneId, Date.now() + days * DAY_MS);
}

/** From and until so many hours from now, to the hour. */
export function around(from: number, to: number): Pick<NewShift, "day" | "from" | "to"> {
  const at = (hours: number) => {
    const minute = new Intl.DateTimeFormat("sv-SE", { timeZone: PHONE.timezoneId, dateStyle: "short", timeStyle: "short" });
    return minute.format(Date.now() + hours * 3_600_000).replace(/\d\d$/, "00").split(" ");
  };
  const [day = "", start = ""] = at(from);
  return { day, from: start, to: at(to)[1] ?? "" };
}

/** The day before the next clock change of a zone, and which way clocks go then. */
export function nextClockChange(zone: string): { dayBefore: string; back: boolean } {
  // By day everywhere between the Rockies and the Alps, where clocks change at night.
  for (let time = (Math.floor(Date.now() / DAY_MS) + 1.7) * DAY_MS; ; time += DAY_MS) {
    const [before, after] = [offset(zone, time), offset(zone, time + DAY_MS)];
    if (before !== after) return { dayBefore: dayIn(zone, time), back: after < before };
  }
}

function dayIn(zone: string, time: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(time);
}

/** Minutes ahead of UTC. */
function offset(zone: string, time: number): number {
  const there = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(time);
  return Math.round((Date.parse(`${there.replace(" ", "T")}Z`) - time) / 60_000);
}
