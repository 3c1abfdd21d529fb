// What the first visits to the app execute of its core: somebody founds a group, others join it and look around.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "@playwright/test";
import { ask, groupOf } from "../asking";
import { Person } from "../people";
import { Server } from "../server";
import { addShift, card, dayFromToday, openShift } from "../watch";

const FOLDER = process.env["PORCHLIGHT_PROFILE"] ?? ".";
const GROUP = "Elm Street";
const count = readFileSync(join(FOLDER, "names.txt"), "utf8").trimEnd().split("\n").length;
const executed = Buffer.alloc(count);

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(() => server.remove());
test.afterAll(() => writeFileSync(join(FOLDER, "executed"), executed));

test("the first visits of an organizer and of a member", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, GROUP);
  await rosa.addContact("Mrs. Tran", "202-555-0190");
  await rosa.addContact("Ana Ejemplo", "+1 202 555 0143");
  await rosa.openContact("Mrs. Tran");
  await rosa.change("Area", "5th and Elm");
  const link = await rosa.invite();
  const group = groupOf(rosa);
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2, place: "School" });
  const template = { template: "dayAndNightWatch", first: "Day watch", second: "Night watch", place: "Corner", from: dayFromToday(0) };
  await ask(rosa, { do: "shifts", group, ask: { change: { useTemplate: template } } });
  await ask(rosa, { do: "notes", group, ask: { add: { heading: { title: "Monday" }, template: "meeting" } } });
  await rosa.isSent();
  await lookAround(rosa, group);
  await note(rosa);

  const ben = await Person.with(browser, "Ben");
  await ben.join(link, GROUP);
  await lookAround(ben, group);
  await ben.addContact("Óscar Offline", "+1 202 555 0134");
  await ben.isSent();
  // Both hear of each other while they look, and of a server that was away.
  await rosa.openContact("Óscar Offline");
  await rosa.change("Area", "6th and Elm");
  await ben.go("Contacts");
  await ben.line("Óscar Offline").getByText("6th and Elm").waitFor();
  await rosa.addContact("Zoë Ejemplo", "+1 202 555 0144");
  await ben.line("Zoë Ejemplo").waitFor();
  await server.stop();
  await ben.cannotReach();
  await ben.openContact("Mrs. Tran");
  await ben.change("Area", "7th and Elm");
  await ben.addContact("Ana Ohnenetz", "+1 202 555 0146");
  await takeShiftOnNow(ben);
  await note(ben);
  // A phone that lost its battery, or its browser, has all that at its next start, whatever is not sent.
  await server.startAgain();
  await ben.open(server);
  await ben.line("Ana Ohnenetz").waitFor();
  await ben.isSent();
  await note(rosa);
  await note(ben);

  // The second start.
  await ben.open(server);
  await ben.line("Mrs. Tran").waitFor();
  // What others write right after a start meets a list that was just read from the disk.
  await rosa.addContact("Bo Beispiel", "+1 202 555 0145");
  await ben.line("Bo Beispiel").waitFor();
  await lookAround(ben, group);
  await note(ben);
});

test("the first visit to a group whose shifts others planned and took, and that has nothing else yet", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, GROUP);
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2 });
  await addShift(rosa, { title: "Night watch", day: dayFromToday(0), from: "22:00", to: "06:00", needs: 1, repeat: "Every day" });
  await rosa.go("Shifts");
  await card(rosa, "Door watch").getByRole("button", { name: "I come" }).click();
  await card(rosa, "Door watch").getByText("You are in.").waitFor();
  await rosa.isSent();
  const link = await rosa.invite();

  const ben = await Person.with(browser, "Ben");
  await ben.join(link, GROUP);
  await takePlace(ben, "Door watch");
  // Whoever has just joined writes before there is a list.
  await ben.addContact("Óscar Offline", "+1 202 555 0134");
  await ben.isSent();
  // Somebody joins while others plan and come.
  const cai = await Person.with(browser, "Cai");
  await cai.join(link, GROUP);
  await addShift(rosa, { title: "Soup", day: dayFromToday(2), from: "12:00", to: "14:00", needs: 2 });
  await takePlace(cai, "Soup");
  await ben.go("Shifts");
  await card(ben, "Soup").waitFor();
  for (const person of [rosa, ben, cai]) await note(person);
});

test("ten people join, some at the same time, while others write", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, GROUP);
  await rosa.addContact("Mrs. Tran", "202-555-0190");
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 10 });
  const link = await rosa.invite();
  for (let pair = 0; pair < 5; pair++) {
    const people = await Promise.all([0, 1].map((one) => Person.with(browser, `Neighbor ${2 * pair + one + 1}`)));
    const arrivals = people.map(async (person) => {
      await person.join(link, GROUP);
      await takePlace(person, "Door watch");
      await person.go("Contacts");
      await person.line("Mrs. Tran").waitFor();
      await note(person);
    });
    await Promise.all([...arrivals, rosa.addContact(`Contact ${pair}`, `+1 202 555 01${50 + pair}`)]);
    for (const person of people) {
      await person.line(`Contact ${pair}`).waitFor();
      await note(person);
      await person.context.close();
    }
  }
  await note(rosa);
});

/** The one tap of a volunteer in a hurry. */
async function takeShiftOnNow(person: Person): Promise<void> {
  await person.go("Shifts");
  const place = person.page.getByRole("button", { name: /^I (come|can come after all)/ }).first();
  if (await place.isVisible()) await place.click();
  await person.go("Now");
}

async function takePlace(person: Person, title: string): Promise<void> {
  await person.go("Shifts");
  await card(person, title).getByRole("button", { name: "I come" }).click();
  await card(person, title).getByText("You are in.").waitFor();
  await person.go("Now");
  await person.isSent();
}

/** Every tab, a search, a contact, two weeks of shifts, one of them and a place on it. */
async function lookAround(person: Person, group: string): Promise<void> {
  await person.go("Contacts");
  await person.page.getByRole("searchbox").fill("tran");
  await person.openContact("Mrs. Tran");
  for (const tab of ["Now", "Group", "Shifts"] as const) await person.go(tab);
  // Whoever gave the place up when they looked around before is asked in other words.
  await card(person, "Door watch").getByRole("button", { name: /^I (come|can come after all)/ }).click();
  await card(person, "Door watch").getByText("You are in.").waitFor();
  await person.isSent();
  await person.go("Now");
  await person.go("Shifts");
  await card(person, "Door watch").getByRole("button", { name: "I cannot come" }).click();
  await card(person, "Door watch").getByText("You do not come on ").waitFor();
  await openShift(person, "Door watch", dayFromToday(1));
  await ask(person, { do: "notes", group, ask: { list: { search: "" } } });
  await ask(person, { do: "decisions", group, ask: { list: {} } });
  await person.go("Notes");
  await person.page.getByRole("link", { name: /Monday/ }).first().click();
  await person.page.getByRole("heading", { level: 1, name: "Monday" }).waitFor();
  await person.go("Contacts");
  await person.isSent();
}

/** Takes over what this person's core has noted since it started. */
async function note(person: Person): Promise<void> {
  const [worker] = person.page.workers();
  const noted = await worker?.evaluate((count) => {
    const { memory, notes } = (globalThis as unknown as { core: { memory: WebAssembly.Memory; notes: WebAssembly.Global } }).core;
    return Array.from(new Uint8Array(memory.buffer, notes.value as number, count));
  }, count);
  noted?.forEach((flag, index) => (executed[index] = (executed[index] ?? 0) | flag));
}
