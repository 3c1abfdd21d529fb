// One note: as it is, what is typed into it, the questions in it, and who wrote what.

import type { Fault } from "../device/messages";
import type { Attendee, Compared, Line, Note, NoteRequests, NoteView, Span, Task } from "../device/note-messages";
import type { Result } from "../device/client";
import { app } from "./app.svelte";
import { askNotes } from "./note-requests";
import { NoteText } from "./note-text.svelte";

export class NoteRecord {
  view = $state.raw<NoteView | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  history = $state.raw<{ spans: Span[]; authors: Record<string, string> } | undefined>(undefined);
  compared = $state.raw<{ of: string; compared: Compared; authors: Record<string, string> } | undefined>(undefined);
  readonly text: NoteText;

  constructor(
    private readonly group: string,
    readonly id: string,
  ) {
    this.text = new NoteText({
      text: (version, text) => this.see(askNotes(group, "edit", { note: id, version, text })),
      heading: async (before, after, shown) => {
        const done = await this.do("setHeading", { note: id, before, after }, shown ?? undefined);
        return done ? this.read() : undefined;
      },
      read: () => this.read(),
    });
  }

  /** Keeps it fresh until the function that is returned is called; what was typed last is written then. */
  follow(): () => void {
    void this.text.refresh();
    const unlisten = app.listen((news) => {
      if (news.group !== this.group || news.news !== "documentChanged") return;
      if (news.document === `note/${this.id}` || news.document === "index") void this.text.refresh();
    });
    const unkeep = app.beforeLock(async () => void (await this.text.write()));
    return () => {
      unlisten();
      unkeep();
      void this.text.write();
    };
  }

  setTask(line: Line, task: Task, shown: string): Promise<boolean> {
    return this.act("setTask", { note: this.id, line: line.id, task }, shown);
  }

  answerLine(line: Line, answer: "keep" | "remove"): Promise<boolean> {
    return this.act("answerLine", { note: this.id, line: line.id, answer });
  }

  settle(field: string, text: string): Promise<boolean> {
    return this.act("settle", { note: this.id, field, text }, this.view?.note.version);
  }

  setAttendance(attendee: Attendee): Promise<boolean> {
    return this.act("setAttendance", { note: this.id, attendee });
  }

  dropAttendance(key: string): Promise<boolean> {
    return this.act("dropAttendance", { note: this.id, key });
  }

  linkDecision(decision: string): Promise<boolean> {
    return this.act("linkDecision", { note: this.id, decision });
  }

  unlinkDecision(decision: string): Promise<boolean> {
    return this.act("unlinkDecision", { note: this.id, decision });
  }

  remove(): Promise<boolean> {
    return this.act("remove", { note: this.id, reason: "" });
  }

  keep(): Promise<boolean> {
    return this.act("keep", { note: this.id });
  }

  restore(version: string): Promise<boolean> {
    this.compared = undefined;
    return this.act("restore", { note: this.id, version });
  }

  async loadHistory(): Promise<void> {
    const answer = await askNotes(this.group, "history", { note: this.id });
    if (answer.ok) this.history = answer.value;
    else this.fault = answer.fault;
  }

  /** What one person wrote in one go. */
  async compare({ before, version }: Span): Promise<void> {
    const answer = await askNotes(this.group, "compare", { note: this.id, from: before, to: version });
    if (answer.ok) this.compared = { of: version, ...answer.value };
    else this.fault = answer.fault;
  }

  /** Whatever is being typed is written first: what is done to a line must find it. */
  private async act<K extends keyof NoteRequests>(what: K, details: NoteRequests[K]["ask"], shown?: string): Promise<boolean> {
    await this.text.write();
    return this.do(what, details, shown);
  }

  private async do<K extends keyof NoteRequests>(what: K, details: NoteRequests[K]["ask"], shown?: string): Promise<boolean> {
    const answer = await askNotes(this.group, what, details, { shown });
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok;
  }

  private async read(): Promise<Note | undefined> {
    // That it can be read says nothing of what could not be written.
    const refused = this.text.isUnwritten ? this.fault : undefined;
    const note = await this.see(askNotes(this.group, "show", { note: this.id }));
    this.fault ??= refused;
    if (this.history !== undefined) await this.loadHistory();
    return note;
  }

  private async see(asked: Promise<Result<NoteView>>): Promise<Note | undefined> {
    const answer = await asked;
    this.fault = answer.ok ? undefined : answer.fault;
    if (answer.ok) this.view = answer.value;
    return answer.ok ? answer.value.note : undefined;
  }
}
