// The text of a note while it is typed: written as one types, and brought together with what others write meanwhile.

import type { Heading, Note } from "../device/note-messages";
import { rebased } from "./merging";

/** How long after a key what was typed is written. */
const WRITE_AFTER_MS = 400;

interface Seen {
  version: string | null;
  text: string;
  heading: Heading;
}

const NO_HEADING: Heading = { title: "", date: "", place: "" };

/** What writes and reads: gives the note as it then is, or nothing if that did not work. */
export interface Pen {
  text(version: string | null, text: string): Promise<Note | undefined>;
  heading(before: Heading, after: Heading, shown: string | null): Promise<Note | undefined>;
  read(): Promise<Note | undefined>;
}

export class NoteText {
  /** What is on the screen. */
  typed = $state("");
  heading = $state<Heading>({ ...NO_HEADING });
  /** What is on the screen could not be written. */
  isUnwritten = $state(false);
  /** What the device was last seen to have. */
  private seen: Seen = { version: null, text: "", heading: NO_HEADING };
  private loaded = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private isComposing = false;
  private isStale = false;

  constructor(private readonly pen: Pen) {}

  /** Somebody typed: it is written in a moment. */
  type(text: string): void {
    this.typed = text;
    this.writeSoon();
  }

  writeSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.write(), WRITE_AFTER_MS);
  }

  /** A word is being put together out of several keys: what others write waits until it is done. */
  compose(isComposing: boolean): void {
    this.isComposing = isComposing;
    if (!isComposing && this.isStale) void this.refresh();
  }

  /**
   * Writes what was typed; whether all of it is written now. Whatever is under way is finished first, so that answers come
   * in the order of the questions.
   */
  async write(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.inTurn(async () => {
      if (!this.loaded) return;
      let isUnwritten = false;
      const [text, heading] = [this.typed, $state.snapshot(this.heading)];
      if (text !== this.seen.text) {
        const note = await this.pen.text(this.seen.version, text);
        // What was typed meanwhile was typed onto what was written.
        if (note === undefined) isUnwritten = true;
        else this.take(note, { ...this.seen, text });
      }
      if (differs(heading, this.seen.heading)) {
        const note = await this.pen.heading(this.seen.heading, heading, this.seen.version);
        if (note === undefined) isUnwritten = true;
        else this.take(note, { ...this.seen, heading });
      }
      this.isUnwritten = isUnwritten;
    });
    return !this.isUnwritten;
  }

  /** Reads the note again when nothing else is under way. */
  refresh(): Promise<void> {
    this.isStale = this.isComposing;
    if (this.isComposing) return Promise.resolve();
    return this.inTurn(async () => {
      const note = await this.pen.read();
      if (note !== undefined) this.take(note, this.seen);
    });
  }

  /** The note as the device has it: what others wrote comes onto the screen, what was typed since `seen` stays there. */
  private take(note: Note, seen: Seen): void {
    const heading = { title: note.title, date: note.date, place: note.place };
    this.typed = this.loaded ? rebased(seen.text, this.typed, note.text) : note.text;
    for (const field of ["title", "date", "place"] as const) {
      if (!this.loaded || this.heading[field] === seen.heading[field]) this.heading[field] = heading[field];
    }
    this.seen = { version: note.version, text: note.text, heading };
    this.loaded = true;
  }

  private inTurn(what: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(what);
    return this.turn;
  }
}

function differs(one: Heading, other: Heading): boolean {
  return one.title !== other.title || one.date !== other.date || one.place !== other.place;
}
