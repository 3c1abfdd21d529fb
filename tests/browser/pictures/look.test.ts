// Every main screen of a full group, to look at: narrow and wide, light and dark, in English, Spanish and Arabic; and a few
// with text twice as large. They lie in test-results/look.

import { test } from "@playwright/test";
import { ask, foundCircle, groupOf } from "../asking";
import { fill } from "../neighborhood";
import { Person } from "../people";
import { Server } from "../server";

const OUT = new URL("../test-results/look/", import.meta.url).pathname;
const SCREENS = {
  now: "#now-next",
  shifts: "main article",
  "shifts/day": "main article",
  "shifts/week": "main .shift",
  "shifts/month": "main td a",
  "shifts/gaps": "main li a",
  "shifts/new": "main form select",
  contacts: ".lines a",
  "contacts/new": "form input",
  "contacts/tree": ".call",
  "contacts/duplicates": "main h1",
  "contacts/confirming": "main li .button",
  "contacts/export": "fieldset",
  notes: ".lines a",
  tasks: ".task",
  decisions: "main li a",
  "": "main .facts .name",
  newcomers: "main h1",
  devices: "main .button.main",
  details: "main form select",
  keeping: "main .danger",
  carry: "main .button",
} as const;

test("pictures of all screens", async ({ browser }) => {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa", { reducedMotion: "reduce" });
  await rosa.found(server, "Elm Street");
  await fill(rosa);
  const group = groupOf(rosa);
  const ben = await Person.with(browser, "Bartholomew Featherstonehaugh-Worthington");
  await ben.join(await rosa.invite(), "Elm Street");
  await ben.leave();
  await rosa.page.goto(`${server.url}/#/group/${group}`);
  await foundCircle(rosa, server, "Coordinators", "Who calls whom, and who has the keys of the library");
  const { page } = rosa;
  const [note] = ((await ask(rosa, { do: "notes", group, ask: { list: { search: "" } } })) as { id: string }[]) ?? [];
  const address = `${server.url}/#/group/${group}`;
  const all: Record<string, string> = { ...SCREENS, [`notes/${note?.id}`]: "article details" };
  for (const language of ["en", "es", "ar"]) {
    await page.goto(`${server.url}/#/settings`);
    await page.locator("select").first().selectOption(language);
    await page.locator(`html[lang="${language}"]`).waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [width, height] of [[360, 740], [1280, 800]] as const) {
        // Colours are the same in all languages, and widths in both schemes.
        if (scheme === "dark" && language !== "en" && width > 360) continue;
        await page.setViewportSize({ width, height });
        for (const [screen, ready] of Object.entries(all)) {
          await page.goto(`${server.url}/#/settings`);
          await page.goto(`${address}/${screen}`);
          await page.locator(ready).first().waitFor();
          const name = screen.replace(/\/[0-9a-z.]{12,}$/, "/one").replace("/", "-") || "group";
          await page.screenshot({ path: `${OUT}${language}-${scheme}-${width}-${name}.png` });
        }
      }
    }
  }
  await rosa.leave();
  await server.remove();
});
