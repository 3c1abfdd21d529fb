// The screens of notes and decisions with thirty notes, long names and long texts: narrow and wide, light and dark, and mirrored.

import { test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

const OUT = new URL("out/", import.meta.url).pathname;
const NOTES = 30;
const LONG = "Who opens the library on the first Saturday of the month, who brings the keys back, and where the spare ones are kept";
const TEXT = `## Agenda
- Welcome, who takes notes
- ${LONG}

## Notes
We talked about the winter. The library offers its cellar, if somebody of us is there to lock it.
Mrs. Tran knows a shop that gives blankets for less.

## Tasks
- [ ] Ask the shop about ten blankets @[Mrs. Maria Guadalupe Hernandez-Villanueva] due:2026-05-03
- [ ] ${LONG} @Rosa due:2027-12-03
- [x] Bring chairs @Ben
- [ ] Somebody should look at the gutter`;

test("pictures of notes and decisions", async ({ browser }) => {
  test.setTimeout(300_000);
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa");
  const { page } = rosa;
  const shoot = async (name: string, fullPage = true) => void (await page.screenshot({ path: `${OUT}${name}.png`, fullPage }));
  await rosa.found(server, "Elm Street");
  await rosa.go("Notes");
  await shoot("n00-empty");
  await rosa.addContact("Mrs. Maria Guadalupe Hernandez-Villanueva", "+1 202 555 0190");
  await rosa.addContact("ليلى حداد", "+1 202 555 0191");
  for (let month = 1; month <= NOTES; month++) {
    await rosa.go("Notes");
    await page.locator("main .buttons .button.main").click();
    await page.getByLabel("Title").fill(month % 7 === 0 ? LONG : `Meeting of the street, number ${month}`);
    await page.getByLabel("Day of the meeting").fill(`2026-${String((month % 12) + 1).padStart(2, "0")}-${String(month % 28 || 28).padStart(2, "0")}`);
    await page.getByLabel("Where").fill(month % 3 === 0 ? "The cellar of the public library at 5th and Elm, entrance from the yard" : "Library");
    await page.getByLabel("Text", { exact: true }).fill(TEXT);
    await page.getByRole("button", { name: "Done writing" }).click();
    await page.getByRole("button", { name: "Write", exact: true }).waitFor();
  }
  const note = page.url();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  for (const who of ["Rosa", "Mrs. Maria Guadalupe Hernandez-Villanueva"]) await page.getByRole("button", { name: who, exact: true }).click();
  await page.getByLabel("Add somebody by name").fill("Guest");
  await shoot("n03-write");
  await page.getByRole("button", { name: "Done writing" }).click();
  const propose = async (title: string, days: string[]) => {
    await page.goto(note);
    await page.getByRole("link", { name: "New decision" }).click();
    await page.getByLabel("What is proposed or asked?").fill(title);
    if (days.length > 0) await page.getByLabel("A day that suits").check();
    for (const [index, day] of days.entries()) await page.getByLabel(`Option ${index + 1}`).fill(day);
    await shoot(`n05-propose-${days.length}`);
    await page.getByRole("button", { name: "Ask everyone" }).click();
    await page.getByRole("heading", { name: "Your answer" }).waitFor();
  };
  await propose(LONG, []);
  await page.getByLabel("Agree", { exact: true }).check();
  await shoot("n06-decision");
  await page.getByRole("button", { name: "Give this answer" }).click();
  await page.getByText("You have answered.").waitFor();
  await page.getByRole("button", { name: "Rules and deadline" }).click();
  await shoot("n07-rules", false);
  await page.getByRole("button", { name: "Close it now" }).click();
  await page.getByText(/^Agreed/).waitFor();
  await shoot("n08-closed");
  await propose("When do we meet?", ["2026-09-17", "2026-09-24"]);
  await page.getByRole("group", { name: /September 17/ }).getByLabel("Block").check();
  const poll = page.url();
  await page.getByRole("button", { name: "Answer for somebody without a phone" }).click();
  await page.getByRole("dialog").getByRole("button").first().waitFor();
  await shoot("n09-behalf", false);
  const base = note.replace(/\/notes\/.*$/, "");
  const all = async (prefix: string) => {
    const at = async (name: string, url: string, ready: string, fullPage = true) => {
      await page.goto(`${server.url}/#/settings`);
      await page.goto(url);
      await page.locator(ready).first().waitFor();
      await shoot(`${prefix}-${name}`, fullPage);
    };
    await at("list", `${base}/notes`, ".lines a", false);
    await at("note", note, "article details");
    await at("write", `${note}/write`, "textarea");
    await at("tasks", `${base}/tasks`, ".task", false);
    await at("decisions", `${base}/decisions`, "main li a");
    await at("poll", poll, "article form");
    await page.goto(note);
    await page.locator("article details summary").click();
    await page.locator("article details li button").first().click();
    await page.locator("article .changes").waitFor();
    await shoot(`${prefix}-history`);
  };
  await all("n10-en");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await all("n20-dark-wide");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [prefix, language] of [["n30-es", "es"], ["n40-ar", "ar"]] as const) {
    await page.goto(`${server.url}/#/settings`);
    await page.locator("select").first().selectOption(language);
    await all(prefix);
  }
  await page.goto(note);
  await page.locator("article details").waitFor();
  await page.pdf({ path: `${OUT}n50-note.pdf` });
  await server.remove();
});
