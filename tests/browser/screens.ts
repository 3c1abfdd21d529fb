// Every screen of a group that has something of everything, and what must hold on each: axe, width, room to tap.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Browser, type Locator, type Page } from "@playwright/test";
import { foundCircle } from "./asking";
import { englishOn } from "./foreign";
import { Person } from "./people";
import { Server } from "./server";
import { addShift, dayFromToday } from "./watch";

const NOTE = "A rather long note: the bell is broken, knock twice, mind the two dogs, and come after nine.";

/** How somebody looks at the screens. */
export interface Look {
  language: string;
  dir: "ltr" | "rtl";
  scheme: "light" | "dark";
  /** In which narrow window, with how large a text, nothing may need scrolling sideways. */
  narrow: { width: number; text: string };
}

export interface Neighborhood {
  server: Server;
  rosa: Person;
}

/** A group that has something of everything, also a question between two people. */
export async function furnish(browser: Browser): Promise<Neighborhood> {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa", { colorScheme: "light", reducedMotion: "reduce" });
  await rosa.found(server, "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.change("Note", NOTE);
  await rosa.addContact("ليلى حداد", "+1 202 555 0191");
  await rosa.addContact("L. Haddad", "+1 202 555 0191");
  // Somebody of whom nobody has said for years that it is still so.
  const sheet = Buffer.from("Name,Phone,Confirmed\nOlu Bankole,+1 202 555 0199,2020-05-03\n");
  await rosa.preview({ name: "sheet.csv", mimeType: "text/csv", buffer: sheet });
  await rosa.page.getByRole("button", { name: "Import 1 contact" }).click();
  await expect(rosa.page.getByText("1 added")).toBeVisible();
  await addShift(rosa, { title: "Night watch", day: dayFromToday(1), from: "20:00", to: "06:00", needs: 2, place: "5th and Elm" });
  await addShift(rosa, { title: "Deliveries", day: dayFromToday(2), from: "05:00", to: "07:00", needs: 1, repeat: "Every week" });
  await rosa.go("Notes");
  await rosa.page.getByRole("button", { name: "New minutes" }).click();
  await rosa.page.getByLabel("Text", { exact: true }).fill(`## Agenda\n- ${NOTE}\n\n## Tasks\n- [ ] ${NOTE} @[Mrs. Tran] due:2026-05-03\n- [x] مفاتيح`);
  await rosa.page.getByRole("button", { name: "Done writing" }).click();
  await rosa.page.getByRole("link", { name: "New decision" }).click();
  await rosa.page.getByLabel("What is proposed or asked?").fill(NOTE);
  await rosa.page.getByLabel("A day that suits").check();
  await rosa.page.getByLabel("Option 1").fill("2026-09-17");
  await rosa.page.getByLabel("Option 2").fill("2026-09-24");
  await rosa.page.getByRole("button", { name: "Ask everyone" }).click();
  await expect(rosa.page.getByRole("heading", { name: "Your answer" })).toBeVisible();
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.openContact("Mrs. Tran");
  await rosa.openContact("Mrs. Tran");
  await server.stop();
  await ben.cannotReach();
  await ben.change("Note", "Ben's note");
  await rosa.change("Note", "Rosa's note");
  await server.startAgain();
  await ben.isSent();
  await ben.context.close();
  await expect(rosa.page.getByRole("region", { name: /versions/ })).toBeVisible();
  await foundCircle(rosa, server, "Coordinators", NOTE);
  return { server, rosa };
}

/** Opens every screen once, and looks at everything that must hold there. */
export async function walkThrough({ server, rosa }: Neighborhood, look: Look): Promise<void> {
  const { page } = rosa;
  const base = server.url + new URL(page.url()).hash.replace(/^(#\/group\/[^/]+).*$/, "/$1");
  await page.emulateMedia({ colorScheme: look.scheme, reducedMotion: "reduce" });
  await page.goto(`${server.url}/#/settings`);
  await page.locator("select").first().selectOption(look.language);
  await expect(page.locator("html")).toHaveAttribute("dir", look.dir);
  for (const [screen, open] of Object.entries(SCREENS)) {
    await test.step(screen, async () => {
      await openSettings(page);
      await open(page, base);
      await expect(page.locator("h1")).not.toHaveCount(0);
      if (look.language === "es") expect(await englishOn(page, look.language, screen), screen).toEqual([]);
      await obeysAxe(page, screen);
      expect(await tooSmallToTap(page), screen).toEqual([]);
      expect(await overflowIn(page, look), screen).toEqual([]);
      if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
      // Out of hiding, if it was that.
      if (await page.locator("h1 button").count()) await page.locator("h1 button").click();
    });
  }
  await page.goto(`${base}/contacts`);
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on the screen that is shown fails the story. */
export async function obeysAxe(page: Page, screen: string): Promise<void> {
  // So tall that nothing is under the bar at the bottom: where that lies depends on how far one has scrolled.
  await page.setViewportSize({ width: 360, height: 3000 });
  // There are no frames: all can be looked at in the page itself, without opening another one for each.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(TAGS).analyze();
  const found = violations.map(({ id, nodes }) => `${screen}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(found).toEqual([]);
}

/** What can be tapped and is less than 44 px high. */
function tooSmallToTap(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>("button, a[href], select, summary, input:not([type=checkbox], [type=radio])")];
    const seen = all.filter((element) => element.checkVisibility() && !element.closest(".skip") && element.getBoundingClientRect().top >= 0);
    return seen
      .filter((element) => element.getBoundingClientRect().height < 43.5)
      .map((element) => `${element.outerHTML.slice(0, 100)} ${element.getBoundingClientRect().height}`);
  });
}

/** What is wider than a narrow window, or than the button that it stands in. */
async function overflowIn(page: Page, { narrow }: Look): Promise<string[]> {
  await page.setViewportSize({ width: narrow.width, height: 640 });
  return page.evaluate(async (text) => {
    const root = document.documentElement;
    root.style.fontSize = text;
    await new Promise(requestAnimationFrame);
    const isTooWide = (element: Element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1;
    const found = [root, ...document.querySelectorAll(".button, nav a, nav button")].filter(isTooWide);
    const said = found.map((element) => `${element.outerHTML.slice(0, 100)} ${element.scrollWidth} > ${element.clientWidth}`);
    root.style.fontSize = "";
    return said;
  }, narrow.text);
}

async function openSettings(page: Page): Promise<void> {
  await page.goto(page.url().replace(/#.*/, "#/settings"));
  await page.locator("main dl").waitFor();
}

async function list(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/contacts`);
  await expect(page.locator(".lines a").filter({ hasText: "Mrs. Tran" })).toBeVisible();
}

async function openContact(page: Page, base: string, name: string): Promise<void> {
  await list(page, base);
  await page.locator(".lines a").filter({ hasText: name }).click();
}

async function openGroup(page: Page, base: string): Promise<void> {
  await page.goto(base);
  await member(page).waitFor();
}

/** Of the people in the group the last. */
function member(page: Page): Locator {
  return page.locator("main section").first().locator("li button").last();
}

async function openCircles(page: Page, base: string): Promise<void> {
  await openGroup(page, base);
  await page.locator("main li button").nth(2).waitFor();
}

/** Every screen, by the way to it; `base` is the address of the group. */
const SCREENS: Record<string, (page: Page, base: string) => Promise<unknown>> = {
  contacts: (page, base) => list(page, base),
  "a search without result": async (page, base) => {
    await list(page, base);
    await page.getByRole("searchbox").fill("zzz");
  },
  "a contact with a question": async (page, base) => {
    await list(page, base);
    await page.locator(".lines a").filter({ hasText: "Mrs. Tran" }).click();
    await page.locator("article").waitFor();
  },
  "the history of a contact": async (page, base) => {
    await openContact(page, base, "ليلى");
    await page.locator("article details summary").click();
  },
  "the question before removing": async (page, base) => {
    await openContact(page, base, "ليلى");
    await page.locator("article .danger").first().click();
  },
  "the question before forgetting": async (page, base) => {
    await openContact(page, base, "ليلى");
    await page.locator("article .danger").last().click();
    await page.locator("dialog .danger").waitFor();
  },
  "changing a contact": async (page, base) => {
    await openContact(page, base, "ليلى");
    await page.locator("article .button.main").click();
    await page.locator("details summary").click();
  },
  "a new contact": async (page, base) => {
    await page.goto(`${base}/contacts/new`);
    await page.locator("form input").first().waitFor();
  },
  "who is in the list twice": async (page, base) => {
    await page.goto(`${base}/contacts/duplicates`);
    await page.locator("main .button.main").first().click();
    await page.locator("dialog form").first().waitFor();
  },
  "the phone tree": async (page, base) => {
    await page.goto(`${base}/contacts/tree`);
    await page.locator("main .call").first().waitFor();
  },
  "whom to ask once a year": async (page, base) => {
    await page.goto(`${base}/contacts/confirming`);
    await page.locator("main li .button").first().waitFor();
  },
  shifts: async (page, base) => {
    await page.goto(`${base}/shifts`);
    await page.locator("main article").first().waitFor();
  },
  "a shift": async (page, base) => {
    await page.goto(`${base}/shifts`);
    await page.locator("main article h3 a").first().click();
    await page.locator("main .danger").waitFor();
  },
  "the question before cancelling": async (page, base) => {
    await page.goto(`${base}/shifts`);
    await page.locator("main article h3 a").last().click();
    await page.locator("main .danger").click();
  },
  "a new shift": async (page, base) => {
    await page.goto(`${base}/shifts/new`);
    await page.locator("main form summary").click();
    await page.locator("main form select").last().waitFor();
  },
  gaps: async (page, base) => {
    await page.goto(`${base}/shifts/gaps`);
    await page.locator("main li a").first().waitFor();
  },
  "a day of shifts": async (page, base) => {
    await page.goto(`${base}/shifts/day/${dayFromToday(1)}`);
    await page.locator("main article").first().waitFor();
  },
  "a week of shifts": async (page, base) => {
    await page.goto(`${base}/shifts/week/${dayFromToday(1)}`);
    await page.locator("main .shift").first().waitFor();
  },
  "a month": async (page, base) => {
    await page.goto(`${base}/shifts/month`);
    await page.locator("main td a").first().waitFor();
  },
  templates: async (page, base) => {
    await page.goto(`${base}/shifts/templates`);
    await page.locator("main form input").first().waitFor();
  },
  "shifts to print": async (page, base) => {
    await page.goto(`${base}/print/shifts`);
    await page.locator("main h1").waitFor();
  },
  "a sign-in sheet": async (page, base) => {
    await page.goto(`${base}/print/signIn`);
    await page.locator("main h1").waitFor();
  },
  notes: async (page, base) => {
    await page.goto(`${base}/notes`);
    await page.locator(".lines a").first().waitFor();
  },
  "a note": async (page, base) => {
    await page.goto(`${base}/notes`);
    await page.locator(".lines a").first().click();
    await page.locator("article details summary").click();
    await page.locator("article details li button").first().click();
    await page.locator("article .changes").waitFor();
  },
  "a note to write": async (page, base) => {
    await page.goto(`${base}/notes`);
    await page.locator(".lines a").first().click();
    await page.locator("article .button.main").click();
    await page.locator("textarea").waitFor();
  },
  tasks: async (page, base) => {
    await page.goto(`${base}/tasks`);
    await page.locator(".task").first().waitFor();
  },
  "owner and day of a task": async (page, base) => {
    await page.goto(`${base}/tasks`);
    await page.locator(".task .change").first().click();
  },
  decisions: async (page, base) => {
    await page.goto(`${base}/decisions`);
    await page.locator("main li a").first().waitFor();
  },
  "a decision": async (page, base) => {
    await page.goto(`${base}/decisions`);
    await page.locator("main li a").first().click();
    await page.locator("article form").waitFor();
  },
  "a new decision": async (page, base) => {
    await page.goto(`${base}/decisions/new`);
    await page.locator("form input[type=radio]").nth(2).check();
  },
  "an import": async (page, base) => {
    await page.goto(`${base}/contacts/import`);
    const sheet = "Name;Phone;Note\nAna Ejemplo;(202) 555-0143;x\nSomebody;(202) 555-0190;y\n;;\n";
    await page.locator('input[type="file"]').setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(sheet) });
    await page.locator("details").first().locator("summary").click();
  },
  "a list to print": async (page, base) => {
    await page.goto(`${base}/print/contacts`);
    await page.locator("tbody tr").first().waitFor();
  },
  "a card to print": async (page, base) => {
    await page.goto(`${base}/print/card`);
    await page.locator(".wallet li").first().waitFor();
  },
  "an export": async (page, base) => {
    await page.goto(`${base}/contacts/export`);
    await page.locator("fieldset").waitFor();
  },
  now: async (page, base) => {
    await page.goto(`${base}/now`);
    await page.locator("main section").first().waitFor();
  },
  hidden: async (page, base) => {
    await list(page, base);
    await page.locator("header button.settings").click();
    await page.locator("h1 button").waitFor();
  },
  group: (page, base) => openGroup(page, base),
  "an invitation": async (page, base) => {
    await openGroup(page, base);
    await page.locator("main .button.main").click();
    await page.locator("dialog .button.main").click();
    await page.locator("dialog svg[role=img]").waitFor();
  },
  "a member": async (page, base) => {
    await openGroup(page, base);
    await member(page).click();
    await page.locator("dialog .danger").last().waitFor();
  },
  circles: (page, base) => openCircles(page, base),
  "a new circle": async (page, base) => {
    await openCircles(page, base);
    await page.locator("main section:has(.facts .name) > .buttons button").click();
    await page.locator("dialog input").first().waitFor();
  },
  "changing a circle": async (page, base) => {
    await openCircles(page, base);
    await page.locator("main li button").nth(2).click();
    await page.locator("dialog .danger").waitFor();
  },
  "names and time zone": async (page, base) => {
    await page.goto(`${base}/details`);
    await page.locator("main form select").last().waitFor();
  },
  newcomers: async (page, base) => {
    await page.goto(`${base}/newcomers`);
    await page.locator("main li button").first().waitFor();
  },
  "my devices": async (page, base) => {
    await page.goto(`${base}/devices`);
    await page.locator("main .button.main").waitFor();
  },
  "an invitation for my other phone": async (page, base) => {
    await page.goto(`${base}/devices`);
    await page.locator("main .button.main").click();
    await page.locator("dialog select").waitFor();
  },
  "looking after the group": async (page, base) => {
    await page.goto(`${base}/keeping`);
    await page.locator("main .danger").waitFor();
  },
  "the question before leaving": async (page, base) => {
    await page.goto(`${base}/keeping`);
    await page.locator("main .danger").click();
    await page.locator("dialog .danger").waitFor();
  },
  "from phone to phone": async (page, base) => {
    await page.goto(`${base}/carry`);
    await page.locator("main .buttons .button").nth(2).click();
    await page.locator("figure").first().waitFor();
  },
  "the choice of groups": async (page, base) => {
    await list(page, base);
    await page.locator("header button.home").click();
  },
  settings: (page) => openSettings(page),
  "starting a group": async (page, base) => {
    await page.goto(base.replace(/#.*/, "#/start"));
    await page.locator("form input").first().waitFor();
  },
  "joining a group": async (page, base) => {
    await page.goto(base.replace(/#.*/, "#/join"));
    await page.locator("form input").first().waitFor();
  },
  // The last one: it stays on the screen until it is closed.
  "a reminder": async (page) => {
    // As on a phone that was reminded of nothing so far: tomorrow's shift is told at once.
    await page.evaluate(() => {
      localStorage.setItem("porchlight-nudges", "");
      localStorage.setItem("porchlight-nudged", "0");
    });
    await page.reload();
    await page.locator("aside li a").first().waitFor();
    await page.evaluate(() => localStorage.removeItem("porchlight-nudges"));
  },
};
