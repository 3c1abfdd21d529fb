// What the first visits to the app execute of its core: somebody founds a group, others join it and look around.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

const FOLDER = process.env["PORCHLIGHT_PROFILE"] ?? ".";
const GROUP = "Elm Street";
const ZONE = "America/Chicago";
const RULES = readFileSync(join("/usr/share/zoneinfo", ZONE));
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
  const from = new Date().toISOString().slice(0, 10);
  const template = { template: "dayAndNightWatch", first: "Day watch", second: "Night watch", place: "Corner", from };
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
  await server.stop();
  await ben.cannotReach();
  await ben.openContact("Mrs. Tran");
  await ben.change("Area", "7th and Elm");
  await server.startAgain();
  await ben.isSent();
  await note(rosa);
  await note(ben);

  // The second start.
  await ben.open(server);
  await ben.line("Mrs. Tran").waitFor();
  await lookAround(ben, group);
  await note(ben);
});

/** Every tab, a search, a contact, and of what has shifts in it a month, one shift and a place on it. */
async function lookAround(person: Person, group: string): Promise<void> {
  await person.go("Contacts");
  await person.page.getByRole("searchbox").fill("tran");
  await person.openContact("Mrs. Tran");
  for (const tab of ["Now", "Group", "Contacts"] as const) await person.go(tab);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await ask(person, { do: "addZone", name: ZONE }, RULES);
  const list = { do: "shifts", group, ask: { list: { from: day(0), to: day(30) } } };
  const { shifts } = (await ask(person, list)) as { shifts: { id: string }[] };
  const shift = shifts[3]?.id ?? "";
  await ask(person, { do: "shifts", group, ask: { shift: { shift } } });
  await ask(person, { do: "shifts", group, ask: { change: { signUp: { shift, person: null, companions: 0, part: null } } } });
  await ask(person, list);
  await ask(person, { do: "shifts", group, ask: { change: { leave: { shift, person: null, reason: "" } } } });
  await ask(person, { do: "shifts", group, ask: { plan: { on: day(0) } } });
  await ask(person, { do: "notes", group, ask: { list: {} } });
  await ask(person, { do: "decisions", group, ask: { list: {} } });
  await person.isSent();
}

function groupOf(person: Person): string {
  return /group\/([0-9a-f]+)/.exec(person.page.url())?.[1] ?? "";
}

/** Asks the device what no screen asks in this story. */
async function ask(person: Person, request: object, file: Buffer = Buffer.alloc(0)): Promise<unknown> {
  const given = { request, file: Array.from(file) };
  const answer = await person.page.evaluate(async ({ request, file }) => {
    const channel = new BroadcastChannel("porchlight/1");
    const heard = new Promise<unknown>((resolve) => {
      channel.onmessage = ({ data }: MessageEvent<{ tab?: string; answer?: unknown }>) => {
        if (data.tab === "profile") resolve(data.answer);
      };
    });
    channel.postMessage({ to: "device", from: "profile", kind: "ask", id: 1, request, bytes: new Uint8Array(file) });
    const answer = await heard;
    channel.close();
    return answer as { ok: boolean; value?: unknown };
  }, given);
  if (!answer.ok) throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(answer)}`);
  return answer.value;
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
