// Porchlight as the harness of `make bench-peers` drives it: a device, and the texts in one note of its group.
//
// What others call a document with a list is a note with its list of who was there; one edit writes one name into it. All
// documents that a device makes are in one group. A document's id carries an invitation to it, by which others come in.

import { Phone } from "./phone.mjs";

/** Everybody may endorse Snapshots, and an invitation lets in as many as it may. */
const INVITATION = { role: "organizer", uses: 1000, days: 30 };

/** The app makes a Snapshot after so many bytes: see AFTER_BYTES in protocol/device/src/snapshot.rs. */
const SNAPSHOT_BYTES = 512 * 1024;

/** The app waits 10 to 20 minutes after that. No measurement does: here a phone makes it once all is quiet. */
const QUIET_MS = 1500;

/**
 * Reading a long note takes a while, and whoever waits for it asks with every bit of news. After a reading the next one
 * waits so many times as long as that took, so that counting takes no more than a part of the device's time; a note that
 * is read within this many milliseconds is read at once.
 */
const READING = { rest: 4, quickMs: 2 };

/** With this set nobody makes Snapshots, so that newcomers read every Record. */
const withoutSnapshots = process.env["PORCHLIGHT_SNAPSHOTS"] === "none";

export class Device {
  #name;
  #phone;
  #address;
  #docs = new Map();
  #entered = new Map();
  #founded;
  #quiet;
  #atSnapshot = 0;

  constructor({ url, id }) {
    this.#name = id;
    this.#address = url.replace(/^ws/, "http");
    this.#phone = new Phone(this.#address);
    this.#phone.onNews((news) => this.#hear(news));
  }

  /** Resolves when all groups are up to date. */
  async connect() {
    this.#phone.goOnline();
    await this.#phone.until(() => this.#groups().every((group) => group.stage !== "active" || group.current));
  }

  async disconnect() {
    this.#phone.goOffline();
  }

  async close() {
    clearTimeout(this.#quiet);
    for (const doc of this.#docs.values()) doc.end();
    this.#phone.end();
  }

  async create() {
    this.#founded ??= this.#found();
    const { group, link } = await this.#founded;
    const heading = { title: "", date: "", place: "" };
    const note = this.#phone.ask({ notes: { group, ask: { add: { heading, template: "empty" } } } });
    return { id: `${link} ${note}`, doc: this.#doc(group, note) };
  }

  async open(id) {
    const [link, note] = id.split(" ");
    if (!this.#entered.has(link)) this.#entered.set(link, this.#enter(link));
    return this.#doc(await this.#entered.get(link), note);
  }

  async #found() {
    const about = await (await fetch(`${this.#address}/about`)).json();
    const group = this.#phone.ask({
      foundGroup: {
        name: "Maple Street",
        memberName: this.#name,
        url: this.#address,
        token: null,
        serverKey: about.server_key,
        country: "US",
        zone: "UTC",
        locale: null,
      },
    });
    await this.#phone.until(() => this.#isSent(group));
    const link = this.#phone.ask({ invite: { group, ...INVITATION } });
    await this.#phone.until(() => this.#isSent(group));
    return { group, link };
  }

  async #enter(link) {
    const group = this.#phone.ask({ join: { link, memberName: this.#name, words: "" } });
    await this.#phone.until(() => {
      const { stage, current } = this.#group(group);
      return stage === "active" && current;
    });
    return group;
  }

  #doc(group, note) {
    const key = `${group} note/${note}`;
    const doc = this.#docs.get(key) ?? new Doc(this.#phone, group, note, this.#name);
    this.#docs.set(key, doc);
    return doc;
  }

  #groups() {
    return this.#phone.ask({ groups: {} });
  }

  #group(id) {
    return this.#groups().find(({ group }) => group === id);
  }

  #isSent(id) {
    const { stage, current, saving } = this.#group(id);
    return stage === "active" && current && saving.is === "savedAndSent";
  }

  #hear(news) {
    const changed = new Set();
    for (const { news: what, group, document } of news) {
      if (what === "documentChanged") changed.add(`${group} ${document}`);
    }
    for (const key of changed) this.#docs.get(key)?.changed();
    if (withoutSnapshots) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#tend(), QUIET_MS * (1 + Math.random()));
  }

  /** The founder's phone makes a Snapshot when there is enough for one; another that sees it endorses it. */
  async #tend() {
    const made = await this.#founded;
    for (const { group, stage, current, saving, snapshot } of this.#groups()) {
      if (stage !== "active" || !current || saving.is !== "savedAndSent") continue;
      const waits = (snapshot.newest ?? 0) > (snapshot.endorsed ?? 0) && !snapshot.objected;
      if (made?.group !== group) {
        if (waits) this.#phone.ask({ makeSnapshot: { group } });
      } else if (!waits && this.#phone.carried - this.#atSnapshot > SNAPSHOT_BYTES) {
        this.#phone.ask({ makeSnapshot: { group } });
        this.#atSnapshot = this.#phone.carried;
      }
    }
  }
}

class Doc {
  #phone;
  #group;
  #note;
  #name;
  #edits = 0;
  /** What was read last, and the names that this device wrote since. */
  #texts = [];
  #isOld = true;
  #nextReading = 0;
  #reminder;
  #listeners = new Set();

  constructor(phone, group, note, name) {
    this.#phone = phone;
    this.#group = group;
    this.#note = note;
    this.#name = name;
  }

  edit(text) {
    const attendee = { key: `${this.#name}.${this.#edits++}`, name: text, state: "" };
    this.#ask({ setAttendance: { note: this.#note, attendee } });
    // What is old stays so; what was new is so still, with this name, which nobody else writes under its key.
    this.#texts.push(attendee);
  }

  count() {
    return this.#read().length;
  }

  has(text) {
    return this.#read().some(({ name }) => name === text);
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The device has news of it. */
  changed() {
    this.#isOld = true;
    this.#tell();
  }

  /** The note is not listened to any more. */
  end() {
    clearTimeout(this.#reminder);
  }

  #tell() {
    for (const listener of [...this.#listeners]) listener();
  }

  /** What a screen that shows the note would get, or got a moment ago: then whoever listens is told again. */
  #read() {
    if (!this.#isOld) return this.#texts;
    const start = performance.now();
    if (start < this.#nextReading) {
      this.#reminder ??= setTimeout(() => {
        this.#reminder = undefined;
        this.#tell();
      }, this.#nextReading - start);
      return this.#texts;
    }
    this.#texts = this.#attendance();
    this.#isOld = false;
    const end = performance.now();
    const took = end - start;
    this.#nextReading = took < READING.quickMs ? 0 : end + READING.rest * took;
    return this.#texts;
  }

  /** A document that is not on this device yet has nobody. */
  #attendance() {
    try {
      return this.#ask({ show: { note: this.#note } }).note.attendance;
    } catch (problem) {
      if (problem.message.includes('"note_unknown"')) return [];
      throw problem;
    }
  }

  #ask(ask) {
    return this.#phone.ask({ notes: { group: this.#group, ask } });
  }
}
