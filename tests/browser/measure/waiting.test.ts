// How long a person waits, with 400 contacts, 60 shifts and 30 notes, on a processor slowed four times; and how many bytes
// a day takes. It prints, and judges nothing: times are the machine's.

import { test, type Page } from "@playwright/test";
import { ask, groupOf } from "../asking";
import { fill } from "../neighborhood";
import { Person } from "../people";
import { Server } from "../server";

const SLOWED = 4;
const TIMES = 5;

const rows: [what: string, figure: string][] = [];

test.afterAll(() => {
  const width = Math.max(...rows.map(([what]) => what.length));
  console.log(`\n${rows.map(([what, figure]) => `${what.padEnd(width)}  ${figure.padStart(9)}`).join("\n")}`);
});

test("what people wait for, and what it costs", async ({ browser }) => {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, "Elm Street");
  await fill(rosa);
  await rosa.isSent();
  const link = await rosa.invite();

  const ben = await Person.with(browser, "Ben");
  const { page } = ben;
  await ben.join(link, "Elm Street");
  await ben.shellIsKept();
  await ben.controlled();
  await ben.open(server);
  await ben.isSent();

  await coldOpens(ben, server);
  await taps(page);
  rows.push(["a day's use, kB", kilobytes(await aDay(rosa, ben))]);
  await server.remove();
});

/** From the tap on its icon to my next shift, and to the list of contacts. */
async function coldOpens(ben: Person, server: Server): Promise<void> {
  const address = `${server.url}/#/group/${groupOf(ben)}`;
  for (const [what, screen, ready] of [
    ["cold open: Now", "now", "#now-next"],
    ["cold open: 400 contacts", "contacts", ".lines a"],
  ] as const) {
    const times: number[] = [];
    for (let turn = 0; turn < TIMES; turn++) {
      await ben.page.goto("about:blank");
      await slowDown(ben.page);
      await ben.page.goto(`${address}/${screen}`);
      await ben.page.locator(ready).first().waitFor();
      times.push(await ben.page.evaluate(() => new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())))));
    }
    rows.push([`${what}, ms`, median(times)]);
  }
}

/** From a tap to the frame that shows what it asked for. */
async function taps(page: Page): Promise<void> {
  const ways: [what: string, tap: string, ready: string][] = [
    ["Shifts", 'nav a[href$="/shifts"]', "main article"],
    ["Notes", 'nav a[href$="/notes"]', "main .lines a"],
    ["Now", 'nav a[href$="/now"]', "#now-next"],
    ["Group", "nav > a:last-child", "main h2"],
    ["Contacts", 'nav a[href$="/contacts"]', ".lines a"],
    ["one of the contacts", ".lines a", "article h1"],
  ];
  const times = new Map<string, number[]>();
  // The first round loads what was not opened before.
  for (let turn = 0; turn <= TIMES; turn++) {
    for (const [what, tap, ready] of ways) {
      const time = await page.evaluate(timeOf, { tap, ready });
      if (turn > 0) times.set(what, [...(times.get(what) ?? []), time]);
    }
    await page.locator('nav a[href$="/contacts"]').click();
  }
  for (const [what, all] of times) rows.push([`tap to paint: ${what}, ms`, median(all)]);
}

/** Runs in the page. What was there before does not count as an answer. */
async function timeOf({ tap, ready }: { tap: string; ready: string }): Promise<number> {
  const before = new Set(document.querySelectorAll(ready));
  const begin = performance.now();
  const link = document.querySelector<HTMLElement>(tap);
  if (link === null) throw new Error(`nothing to tap: ${tap}`);
  link.click();
  const isAnswered = () => [...document.querySelectorAll(ready)].some((element) => !before.has(element));
  while (!isAnswered()) {
    if (performance.now() - begin > 30_000) throw new Error(`nothing came: ${ready}`);
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}

/** A day on which others write a good deal: what this phone sends and receives for it. */
async function aDay(rosa: Person, ben: Person): Promise<number> {
  const group = groupOf(rosa);
  const used = async () => (await ask(ben, { do: "dataUse" })) as number;
  const before = await used();
  for (let hour = 0; hour < 12; hour++) {
    await rosa.addContact(`Newcomer ${hour}`, `+1 202 555 01${String(10 + hour)}`);
    const heading = { title: `Seen at ${hour}`, date: "2026-05-02", place: "5th and Elm" };
    const note = await ask(rosa, { do: "notes", group, ask: { add: { heading, template: "empty" } } });
    await ask(rosa, { do: "notes", group, ask: { edit: { note, version: null, text: "The lamp is broken again, and somebody has called the city about it.\n".repeat(5) } } });
    await rosa.isSent();
    await ben.go("Contacts");
    await ben.line(`Newcomer ${hour}`).waitFor();
  }
  await ben.go("Shifts");
  await ben.page.getByRole("button", { name: /^I come/ }).first().click();
  await ben.page.getByText("You are in.").first().waitFor();
  await ben.isSent();
  // What a tab has loaded is told with the next touch.
  return (await used()) - before;
}

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
}

function median(times: number[]): string {
  return String(Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0));
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
