// What is shown of a group's shifts while its list is on its way.

import { expect, test, vi } from "vitest";
import type { News } from "../device/messages";
import type { Gap, Listed, ShiftLine } from "../device/shifts";
import { dayIn, daysBetween, plusDays } from "./wall-clock";

interface Asked {
  from: string;
  to: string;
  answer: (listed: Listed) => void;
}
const asked: Asked[] = [];
vi.stubGlobal("navigator", { languages: ["en-US"] });
let tell: (news: News) => void = () => undefined;
vi.mock("./app.svelte", () => ({ app: { turn: 1, listen: (listener: typeof tell) => ((tell = listener), () => undefined) } }));
vi.mock("./asking-shifts", () => ({
  askShifts: (_group: string, _what: string, days: { from: string; to: string }) =>
    new Promise((resolve) => asked.push({ ...days, answer: (value) => resolve({ ok: true, value }) })),
}));

const { LISTED_DAYS, Shifts } = await import("./shifts.svelte");
const { ShiftDays } = await import("./shift-days.svelte");

const gap: Gap = { shift: "a", title: "Market", start: 0, end: 1, zone: "UTC", lack: "nobody" };
const listOf = (gaps: Gap[]): Listed => ({ zone: "UTC", missingZones: [], me: null, people: {}, shifts: [], gaps, unanswered: [] });
const answers = (count: number) => vi.waitFor(() => expect(asked.length).toBe(count));

test("the day that is asked for the zone alone is not shown as if it were all", async () => {
  asked.length = 0;
  const shifts = new Shifts("elm");
  shifts.follow();
  await answers(1);
  expect(asked.map(({ from, to }) => daysBetween(from, to))).toEqual([1]);
  asked[0]?.answer(listOf([gap]));
  await answers(2);
  expect(shifts.today).not.toBe("");
  expect(shifts.gaps).toEqual([]);
  expect(shifts.listed).toBeUndefined();

  // From the beginning of the week, and so far ahead that all gaps are among them that other screens count.
  expect(daysBetween(shifts.today, asked[1]?.to ?? "")).toBe(LISTED_DAYS);
  expect(daysBetween(asked[1]?.from ?? "", shifts.last)).toBe(LISTED_DAYS - 1);
  asked[1]?.answer(listOf([gap, gap]));
  await vi.waitFor(() => expect(shifts.gaps.length).toBe(2));
});

test("what is over is not in the way of what is next, until somebody asks for it; today's stays, and so does a night that goes on", async () => {
  asked.length = 0;
  vi.useFakeTimers({ now: Date.parse("2026-11-27T01:00Z"), toFake: ["Date"] });
  const line = (id: string, start: string, end: string) => ({ id, when: { start, end, zone: "UTC" }, start: Date.parse(`${start}Z`), end: Date.parse(`${end}Z`), people: [] }) as unknown as ShiftLine;
  const lines = [
    line("over", "2026-11-26T08:00", "2026-11-26T12:00"),
    line("night", "2026-11-26T20:00", "2026-11-27T06:00"),
    line("early", "2026-11-27T00:10", "2026-11-27T00:40"),
    line("next", "2026-11-27T08:00", "2026-11-27T12:00"),
  ];
  const ids = (shifts: InstanceType<typeof Shifts>) => shifts.days.flatMap((day) => day.lines.map(({ id }) => id));
  const open = async (day?: string) => {
    const before = asked.length;
    const shifts = new Shifts(`fir ${String(before)}`, day);
    shifts.follow();
    await answers(before + 1);
    asked[before]?.answer({ ...listOf([]), shifts: day === undefined ? [] : lines });
    if (day !== undefined) return shifts;
    await answers(before + 2);
    asked[before + 1]?.answer({ ...listOf([]), shifts: lines });
    return shifts;
  };
  const shifts = await open();
  await vi.waitFor(() => expect(ids(shifts)).toEqual(["night", "early", "next"]));
  expect(shifts.hidden).toBe(1);
  shifts.earlier = true;
  expect([ids(shifts).length, shifts.hidden]).toEqual([4, 0]);
  const back = shifts.jump(0);
  await answers(3);
  asked[2]?.answer({ ...listOf([]), shifts: lines });
  await back;
  expect(ids(shifts)).toEqual(["night", "early", "next"]);
  // Whoever comes from a day that is over came to see it.
  const yesterday = await open("2026-11-26");
  await vi.waitFor(() => expect(ids(yesterday).length).toBe(4));
  vi.useRealTimers();
});

test("gaps are those of the next days, also while later weeks are listed", async () => {
  asked.length = 0;
  const shifts = new Shifts("oak");
  shifts.follow();
  await answers(1);
  asked[0]?.answer(listOf([]));
  await answers(2);
  asked[1]?.answer(listOf([gap, gap]));
  await vi.waitFor(() => expect(shifts.gaps.length).toBe(2));
  const jumped = shifts.jump(7);
  await answers(3);
  expect(daysBetween(shifts.from, asked[2]?.to ?? "")).toBe(LISTED_DAYS);
  asked[2]?.answer(listOf([gap, gap, gap]));
  await jumped;
  expect(shifts.gaps.length).toBe(2);
});

test.each([0, 28])("a list that is opened at a day %i days from now tells the gaps of the next days, and goes on telling them", async (days) => {
  asked.length = 0;
  const today = dayIn("UTC", Date.now());
  const shifts = new Shifts("ash", plusDays(today, days));
  shifts.follow();
  await answers(1);
  asked[0]?.answer(listOf(days === 0 ? [] : [gap, gap, gap]));
  await answers(2);
  expect(asked[1]).toMatchObject({ from: shifts.today, to: plusDays(shifts.today, LISTED_DAYS) });
  asked[1]?.answer(listOf([gap, gap]));
  await vi.waitFor(() => expect(shifts.gaps.length).toBe(2));

  // Weeks ahead, somebody takes one of the places.
  const jumped = shifts.jump(56);
  await answers(3);
  asked[2]?.answer(listOf([gap, gap, gap]));
  await jumped;
  tell({ news: "documentChanged", group: "ash", document: "schedule/2026-11" });
  await answers(4);
  asked[3]?.answer(listOf([gap, gap, gap]));
  await answers(5);
  asked[4]?.answer(listOf([gap]));
  await vi.waitFor(() => expect(shifts.gaps.length).toBe(1));
});

test("a month has no days before it is known what is on in it", async () => {
  asked.length = 0;
  const month = new ShiftDays("elm", "month");
  month.follow();
  await answers(1);
  asked[0]?.answer(listOf([]));
  await answers(2);
  expect(month.first).not.toBe("");
  expect(month.weeks).toEqual([]);
  asked[1]?.answer(listOf([]));
  await vi.waitFor(() => expect(month.weeks.length).toBeGreaterThan(3));
});
