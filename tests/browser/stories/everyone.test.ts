// For everyone: no screen breaks the rules that axe knows, in any language or direction; keyboard alone is enough.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";
import { addShift, dayFromToday } from "../watch";

const NOTE = "A rather long note: the bell is broken, knock twice, mind the two dogs, and come after nine.";

let server: Server;
let rosa: Person;
test.beforeAll(async ({ browser }) => {
  server = await Server.start();
  rosa = await Person.with(browser, "Rosa", { colorScheme: "light", reducedMotion: "reduce" });
  await rosa.found(server, "Elm Street");
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.change("Note", NOTE);
  await rosa.addContact("ليلى حداد", "+1 202 555 0191");
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
});
test.afterAll(() => server.remove());

/** Every screen, by the way to it from the list of contacts. */
const SCREENS: Record<string, (page: Page, base: string) => Promise<void>> = {
  contacts: async () => {},
  "a search without result": (page) => page.getByRole("searchbox").fill("zzz"),
  "a contact with a question": (page) => page.locator(".lines a").filter({ hasText: "Mrs. Tran" }).click(),
  "the history of a contact": async (page) => {
    await page.locator(".lines a").filter({ hasText: "ليلى" }).click();
    await page.locator("article details summary").click();
  },
  "the question before removing": async (page) => {
    await page.locator(".lines a").filter({ hasText: "ليلى" }).click();
    await page.locator("article .danger").click();
  },
  "changing a contact": async (page, base) => {
    await page.locator(".lines a").filter({ hasText: "ليلى" }).click();
    await page.locator("article .button.main").click();
    await page.locator("details summary").click();
    expect(base).not.toBe("");
  },
  "a new contact": async (page, base) => void (await page.goto(`${base}/contacts/new`)),
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
  "the phone tree": async (page, base) => {
    await page.goto(`${base}/contacts/tree`);
    await page.locator("main .card .button").first().click();
    await page.locator("main progress").waitFor();
  },
  duplicates: async (page, base) => void (await page.goto(`${base}/contacts/duplicates`)),
  "to be confirmed": async (page, base) => {
    await page.goto(`${base}/contacts/confirming`);
    await page.locator("main li .button").first().waitFor();
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
  "an export": async (page, base) => void (await page.goto(`${base}/contacts/export`)),
  now: (page) => page.locator('nav a[href$="/now"]').click(),
  hidden: async (page) => {
    await page.locator("header button.settings").click();
    await page.locator("h1 button").waitFor();
  },
  group: async (page, base) => void (await page.goto(base)),
  "an invitation": async (page, base) => {
    await page.goto(base);
    await page.locator("main .button.main").click();
    await page.locator("dialog .button.main").click();
    await page.locator("dialog svg[role=img]").waitFor();
  },
  "the choice of groups": (page) => page.locator("header button.home").click(),
  settings: async (page) => void (await page.goto(`${server.url}/#/settings`)),
  "starting a group": async (page) => void (await page.goto(`${server.url}/#/start`)),
  "joining a group": async (page) => void (await page.goto(`${server.url}/#/join`)),
};

const LOOKS = [
  { name: "in English", language: "en", dir: "ltr", scheme: "light" },
  { name: "in Spanish, dark", language: "es", dir: "ltr", scheme: "dark" },
  { name: "in Arabic, from right to left", language: "ar", dir: "rtl", scheme: "light" },
] as const;

for (const { name, language, dir, scheme } of LOOKS) {
  test(`axe finds nothing wrong on any screen, ${name}`, async () => {
    test.setTimeout(300_000);
    const { page } = rosa;
    // So tall that nothing is under the bar at the bottom: where that lies depends on how far one has scrolled.
    await page.setViewportSize({ width: 360, height: 3000 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.goto(`${server.url}/#/settings`);
    await page.locator("select").first().selectOption(language);
    await expect(page.locator("html")).toHaveAttribute("dir", dir);
    for (const [screen, open] of Object.entries(SCREENS)) {
      await test.step(screen, async () => {
        const base = await home(page);
        await open(page, base);
        await expect(page.locator("h1")).not.toHaveCount(0);
        const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
        const found = violations.map(({ id, nodes }) => `${screen}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
        expect(found).toEqual([]);
        if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
      });
    }
  });
}

test("the welcome screen is right too", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.page.goto(server.url);
  await expect(ben.page.getByRole("heading", { level: 1 })).toBeVisible();
  expect((await new AxeBuilder({ page: ben.page }).analyze()).violations).toEqual([]);
});

for (const { width, size, dir } of [
  { width: 320, size: "100%", dir: "ltr" },
  { width: 320, size: "100%", dir: "rtl" },
  { width: 360, size: "200%", dir: "ltr" },
]) {
  test(`nothing needs scrolling sideways at ${width} px, text ${size}, ${dir}`, async () => {
    const { page } = rosa;
    await page.setViewportSize({ width, height: 640 });
    await page.goto(`${server.url}/#/settings`);
    await page.evaluate(([size, dir]) => {
      document.documentElement.style.fontSize = size;
      document.documentElement.dir = dir;
    }, [size, dir] as const);
    for (const [screen, open] of Object.entries(SCREENS)) {
      await test.step(screen, async () => {
        const base = await home(page);
        await open(page, base);
        await expect(page.locator("h1")).not.toHaveCount(0);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, screen).toBeLessThanOrEqual(0);
        if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
      });
    }
    await page.setViewportSize({ width: 360, height: 740 });
  });
}

test("everything to tap is large enough", async () => {
  const { page } = rosa;
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "";
    document.documentElement.dir = "ltr";
  });
  for (const [screen, open] of Object.entries(SCREENS)) {
    await test.step(screen, async () => {
      const base = await home(page);
      await open(page, base);
      await expect(page.locator("h1")).not.toHaveCount(0);
      const small = await page.evaluate(() => {
        const all = [...document.querySelectorAll<HTMLElement>("button, a[href], select, summary, input:not([type=checkbox], [type=radio])")];
        const seen = all.filter((element) => element.checkVisibility() && !element.closest(".skip") && element.getBoundingClientRect().top >= 0);
        return seen
          .filter((element) => element.getBoundingClientRect().height < 43.5)
          .map((element) => `${element.outerHTML.slice(0, 100)} ${element.getBoundingClientRect().height}`);
      });
      expect(small, screen).toEqual([]);
      if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
    });
  }
});

test("a contact is changed with the keyboard alone", async ({ browser }) => {
  const ben = await Person.with(browser, "Ben");
  await ben.found(server, "Keyboard Street");
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await ben.go("Contacts");
  const { page } = ben;
  await page.reload();
  await expect(ben.line("Mrs. Tran")).toBeVisible();
  await ben.press(/^Mrs\. Tran/);
  await expect(page.getByRole("heading", { level: 1, name: "Mrs. Tran" })).toBeVisible();
  await ben.press(/^Change$/);
  await ben.focus(/^Area$/);
  await page.keyboard.type("5th and Elm");
  await ben.focus(/^Speaks$/);
  await page.keyboard.type("Vietnamese");
  await page.keyboard.press("Enter");
  await ben.press(/^Save$/);
  await expect(ben.contact.getByText("5th and Elm")).toBeVisible();
  // Taking it back needs no mouse either: the question keeps the keyboard inside, and Escape leaves it.
  await ben.press(/^Remove$/);
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(ben.contact.getByText("5th and Elm")).toBeVisible();
});

test("what has the focus is never under the bars at the top and the bottom", async () => {
  const { page } = rosa;
  const base = await home(page);
  await page.goto(`${base}/contacts/new`);
  await page.locator("details summary").click();
  for (let steps = 0; steps < 45; steps++) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body || element.closest(".skip")) return undefined;
      const { left, top, width, height } = element.getBoundingClientRect();
      const seen = document.elementFromPoint(left + width / 2, top + height / 2);
      return seen !== null && (element.contains(seen) || seen.contains(element)) ? undefined : element.outerHTML.slice(0, 120);
    });
    expect(hidden).toBeUndefined();
  }
});

/** The list of contacts; gives the address of the group. */
async function home(page: Page): Promise<string> {
  // Out of hiding, if the screen before was that.
  if (await page.locator("h1 button").count()) await page.locator("h1 button").click();
  await page.goto(`${server.url}/#/`);
  await page.locator('nav a[href$="/contacts"]').click();
  await expect(page.locator(".lines a").filter({ hasText: "Mrs. Tran" })).toBeVisible();
  return page.url().replace(/\/contacts.*$/, "");
}
