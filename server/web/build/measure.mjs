// What people wait for in the app's core: opening a large list, month or note, one edit in it, and finding gaps, in
// WebAssembly as Node runs it. Answers are the ones that screens get, so that making and reading them is measured too.
// Prints JSON for tests/bench/documents.rs.

import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { runnerImport } from "vite";
import { web } from "./place.mjs";

const LISTED = 5000;
const SHIFTS = 600;
/** Fewer than natively, and larger: each is answered with the whole note, as a screen wants it, and that takes time. */
const NOTE_EDITS = 400;
const ROUNDS = 15;
const START = 1_790_000_000_000;

// The core adds its rest with a module in TypeScript, which Vite reads and older Nodes do not.
const { module } = await runnerImport(join(web, "build/whole-core.mjs"), { configFile: false, root: web });
module.startCore();

/** A phone that is never online: what it would store is in memory. */
class Phone {
  stored = new Map();
  now = START;

  constructor() {
    this.restart();
  }

  /** The app is started again, with nothing open. */
  restart() {
    this.core?.free();
    const entropy = new Uint8Array(32).fill((this.starts = (this.starts ?? 0) + 1));
    this.core = module.Core.open([...this.stored.values()], entropy, this.now);
    this.drain();
  }

  ask(request, bytes = new Uint8Array()) {
    this.now += 1000;
    const answer = JSON.parse(this.core.perform(JSON.stringify(request), bytes, this.now));
    if (!answer.ok) throw new Error(JSON.stringify(answer.fault));
    this.drain();
    return answer.value;
  }

  drain() {
    for (let output; (output = this.core.pollOutput()) !== undefined; ) {
      if (output.kind !== "persist" && output.kind !== "keep") continue;
      for (const { key, value } of output.writes) {
        const name = Buffer.from(key).toString("latin1");
        if (value === undefined) this.stored.delete(name);
        else this.stored.set(name, [key, value]);
      }
    }
  }
}

const phone = new Phone();
const serverKey = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x;
const group = phone.ask({
  foundGroup: {
    name: "Elm",
    memberName: "Ana",
    url: "https://porch.example",
    token: null,
    serverKey,
    country: "US",
    zone: "UTC",
  },
});

/** What was done, and how many milliseconds each time took. */
const measured = [];

function measure(what, act, before = () => undefined) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    before(round);
    const started = performance.now();
    act(round);
    times.push(performance.now() - started);
  }
  measured.push([what, times]);
}

const bytes = (text) => new TextEncoder().encode(text);

function list() {
  const rows = Array.from({ length: LISTED }, (_, number) => {
    const phoneNumber = `+1 202 555 ${String(number % 10_000).padStart(4, "0")}`;
    return `Neighbor Number ${number},${phoneNumber},${number % 3 ? "vi" : "es"},Block ${number % 40}`;
  });
  const sheet = bytes(`Name,Phone,Languages,Area\n${rows.join("\n")}\n`);
  phone.ask({ applyImport: { group, options: {}, choices: {} } }, sheet);
  const all = () => phone.ask({ contacts: { group, search: "" } });
  const ids = all().map(({ id }) => id);
  const one = (round) => phone.ask({ contact: { group, contact: ids[round * 300] } });
  measure("5,000 contacts: opening, one shown", one, () => phone.restart());
  measure("5,000 contacts: listing all", all);
  let shown;
  measure(
    "5,000 contacts: one edit",
    (round) => {
      const [before, after] = [shown.details, { ...shown.details, note: `has ladder ${round}` }];
      phone.ask({ editContact: { group, contact: shown.id, before, after } });
    },
    (round) => (shown = one(round).contact),
  );
}

function month() {
  const stamp = (day, hour) => `202701${String(day).padStart(2, "0")}T${String(hour).padStart(2, "0")}0000Z`;
  const events = Array.from({ length: SHIFTS }, (_, number) => {
    const [day, hour] = [(Math.floor(number / 20) % 30) + 1, 6 + (number % 3) * 5];
    return [
      "BEGIN:VEVENT",
      `UID:${number}@elm.example`,
      `SUMMARY:Gate ${number % 20}`,
      `LOCATION:Corner ${number % 20}`,
      `DTSTART:${stamp(day, hour)}`,
      `DTEND:${stamp(day, hour + 4)}`,
      "X-PORCHLIGHT-NEEDS:3",
      `X-PORCHLIGHT-LINE:line ${number % 20}`,
      "X-PORCHLIGHT-LANGUAGES:es,vi",
      "END:VEVENT\n",
    ].join("\n");
  });
  const about = (ask, file) => phone.ask({ shifts: { group, ask } }, file);
  about({ applyImport: {} }, bytes(`BEGIN:VCALENDAR\n${events.join("")}END:VCALENDAR\n`));
  const look = () => about({ list: { from: "2027-01-01", to: "2027-02-01" } });
  const ids = look().shifts.map(({ id }) => id);
  const people = phone.ask({ contacts: { group, search: "" } }).slice(0, 20).map(({ id }) => `c.${id}`);
  ids.forEach((shift, number) =>
    about({ change: { signUp: { shift, person: people[number % 20], companions: 0, part: null } } }),
  );
  measure("600 shifts of 20 people: opening, gaps and listing", look, () => phone.restart());
  measure("600 shifts of 20 people: gaps and listing", look);
  measure("600 shifts of 20 people: one edit", (round) =>
    about({ change: { writeHandOver: { shift: ids[round * 40], note: `All quiet ${round}`, call: "" } } }),
  );
}

function note() {
  const about = (ask) => phone.ask({ notes: { group, ask } });
  const note = about({ add: { heading: { title: "Long", date: "", place: "" }, template: "empty" } });
  let text = "";
  let version = null;
  for (let number = 0; number < NOTE_EDITS; number++) {
    text += `${"- somebody stood there until it was time to go on\n".repeat(4)}${"and so on ".repeat(5)}\n`;
    version = about({ edit: { note, version, text } }).note.version;
  }
  const show = () => about({ show: { note } });
  phone.restart();
  show();
  measure("note of 100 kB, 400 edits: opening from what was shown last", show, () => phone.restart());
  let shown;
  measure(
    "note of 100 kB, 400 edits: the first edit then, its document opened",
    () => about({ edit: { note, version: shown.version, text: `${shown.text}x` } }),
    () => {
      phone.restart();
      shown = show().note;
    },
  );
  ({ text, version } = show().note);
  measure("note of 100 kB, 400 edits: one edit", (round) => {
    const place = Math.floor(text.length / ROUNDS) * round;
    text = `${text.slice(0, place)}x${text.slice(place)}`;
    version = about({ edit: { note, version, text } }).note.version;
  });
}

list();
month();
note();
console.log(JSON.stringify(measured));
