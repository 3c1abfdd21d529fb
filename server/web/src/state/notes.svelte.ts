// The notes of a group, newest meeting first, searched as one types and kept fresh while shown.

import { untrack } from "svelte";
import type { Fault } from "../device/messages";
import type { NoteLine } from "../device/note-messages";
import { isAbout } from "./app.svelte";
import { say } from "./language.svelte";
import { askNotes } from "./note-requests";
import { Remembered } from "./remembered";
import { today } from "./days";

export class Notes {
  search = $state("");
  lines = $state.raw<NoteLine[]>([]);
  /** What they were found by, which is not yet what somebody types at the moment. */
  searched = $state("");
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  private asked = 0;
  private readonly remembered: Remembered<NoteLine[]>;

  constructor(private readonly group: string) {
    this.remembered = new Remembered("notes", group, isAbout("note/"));
    const last = this.remembered.get();
    this.lines = last ?? [];
    this.loaded = last !== undefined;
  }

  /** Keeps the list fresh until the function that is returned is called. Runs again when the search changes. */
  follow(): () => void {
    const { search } = this;
    const load = () => void this.load(search);
    if (search.trim() !== untrack(() => this.searched) || !this.remembered.isFresh()) load();
    return this.remembered.listen(load);
  }

  /** The id of a new note; nothing if `fault` says why not. */
  async add(template: "empty" | "meeting"): Promise<string | undefined> {
    this.busy = true;
    const title = template === "meeting" ? say("notes.meeting") : "";
    const answer = await askNotes(this.group, "add", { heading: { title, date: today(), place: "" }, template });
    this.busy = false;
    if (answer.ok) return answer.value;
    this.fault = answer.fault;
    return undefined;
  }

  private async load(search: string): Promise<void> {
    const turn = ++this.asked;
    const answer = await askNotes(this.group, "list", { search });
    // A slower answer to an earlier question must not replace the answer to the newest.
    if (turn !== this.asked) return;
    this.loaded = true;
    if (answer.ok) {
      this.lines = answer.value;
      this.searched = search.trim();
      if (this.searched === "") this.remembered.keep(this.lines);
      this.fault = undefined;
    } else {
      this.fault = answer.fault;
    }
  }
}
