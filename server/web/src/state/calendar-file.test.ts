// A calendar file of nothing is not saved: calendars say of it that it is broken.

import { expect, test, vi } from "vitest";
import type { Desk } from "./shifts.svelte";

let told = "";
const saved: string[] = [];
vi.mock("./app.svelte", () => ({ app: { turn: 1, listen: () => () => undefined } }));
vi.mock("./asking-shifts", () => ({ askShifts: () => Promise.resolve({ ok: true, value: told }) }));
vi.mock("./saving", () => ({ saveFile: (name: string) => saved.push(name) }));
vi.stubGlobal("navigator", { languages: ["en-US"] });

const { CalendarFile } = await import("./calendar-file.svelte");

test("without any shift nothing is saved, and that is said", async () => {
  const file = new CalendarFile({ group: "elm", me: "m.1", zone: "UTC" } as unknown as Desk);
  told = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
  await file.save("Elm Street");
  expect([saved.length, file.isEmpty, file.saved]).toEqual([0, true, ""]);
  told = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  await file.save("Elm Street");
  expect([saved.length, file.isEmpty, file.saved]).toEqual([1, false, saved[0]]);
});
