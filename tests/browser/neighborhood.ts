// A group as it is after a year: 400 contacts, 60 shifts, 30 notes, some decisions, and names as long as people's are.

import { readFile } from "node:fs/promises";
import { ask, groupOf } from "./asking";
import { PHONE } from "./chromium";
import type { Person } from "./people";
import { dayFromToday } from "./watch";

const LIST = new URL("../../examples/data/contacts-4.0.vcf", import.meta.url);
const SHIFTS = [
  { title: "Night watch", place: "Corner of 5th and Elm", start: "20:00", end: "06:00", needs: 3 },
  { title: "School gate", place: "Lincoln School, side entrance", start: "07:30", end: "08:30", needs: 2 },
  { title: "Deliveries to the elderly on Quince Court", place: "Community garden", start: "10:00", end: "12:30", needs: 2 },
  { title: "Walking people home from the late bus", place: "Bus stop at Oak and Main", start: "22:00", end: "23:30", needs: 2 },
] as const;
const NOTES = ["Meeting at the library", "Street lamps on 5th", "Winter blankets: who has what, and where it is kept", "Block party"] as const;
const TEXT = `## Agenda
- Who opens the cellar of the library on the first Saturday of the month

## Notes
We talked about the winter. The library offers its cellar, if somebody of us is there to lock it.

## Tasks
- [ ] Ask the shop about ten blankets @[Rosa] due:${dayFromToday(3)}
- [x] Bring chairs @[Ben]
- [ ] Somebody should look at the gutter`;

export const COUNTS = { contacts: 400, shifts: 60, notes: 30 };

/** Fills the group that is open. */
export async function fill(person: Person): Promise<void> {
  const group = groupOf(person);
  // The screen has the rules of the time zone loaded.
  await person.go("Shifts");
  await person.page.getByText("Nothing is planned").waitFor();
  await ask(person, { do: "applyImport", group, options: {}, choices: {} }, await readFile(LIST));
  const details = { note: "", bring: "A flashlight", role: "", line: "", languages: [], skills: [] };
  for (let number = 0; number < COUNTS.shifts; number++) {
    const { title, place, start, end, needs } = SHIFTS[number % SHIFTS.length] ?? SHIFTS[0];
    const day = Math.floor(number / SHIFTS.length);
    const when = {
      start: `${dayFromToday(day)}T${start}`,
      end: `${dayFromToday(end > start ? day : day + 1)}T${end}`,
      zone: PHONE.timezoneId,
    };
    const shift = await ask(person, { do: "shifts", group, ask: { change: { add: { details: { ...details, title, place, needs }, when, rule: null } } } });
    if (number % 5 === 0) await ask(person, { do: "shifts", group, ask: { change: { signUp: { shift, person: null, companions: 0, part: null } } } });
  }
  for (let number = 0; number < COUNTS.notes; number++) {
    const heading = { title: `${NOTES[number % NOTES.length]}`, date: dayFromToday(-number * 9), place: "Library" };
    const note = await ask(person, { do: "notes", group, ask: { add: { heading, template: "empty" } } });
    await ask(person, { do: "notes", group, ask: { edit: { note, version: null, text: TEXT } } });
  }
  const terms = { method: "consent", quorum: "50%", deadline: 0 };
  for (const title of ["Shall we keep the keys at the bakery?", "A day for the block party"]) {
    await ask(person, { do: "decisions", group, ask: { add: { proposal: { title, details: "", options: [], terms } } } });
  }
}
