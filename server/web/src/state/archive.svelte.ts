// The archive of a group: all that it keeps saved as one file, and such a file looked at, then taken in.

import type { ArchiveReport, ArchiveRequests, ArchiveRow } from "../device/archive-messages";
import type { Fault } from "../device/messages";
import { asker } from "./asking";
import { isDay } from "./days";
import { language, say } from "./language.svelte";
import { bytesOf, saveFile } from "./saving";

const ask = asker<ArchiveRequests>("archive");

/** What the totals are called, in the order in which they are told. */
export const TOTALS = ["added", "changed", "unchanged", "kept", "leftOut", "forgotten", "refused", "badFiles"] as const;

/** Which part of what was told of, and of which day: "Desk", "Sun, Nov 29", "who comes". */
export function toldOf({ name, day, part }: ArchiveRow): string[] {
  const parts = [name, isDay(day) ? language.day(day) : "", part === undefined ? "" : say(`archive.part.${part}`)];
  return parts.filter((text) => text !== "");
}

/** What was done with it, where there is something to say. */
export function done(row: ArchiveRow): string {
  if (row.was === "leftOut") return say(`archive.why.${row.why}`);
  if (row.was === "unchanged" || (row.was === "added" && row.part !== undefined)) return "";
  return say(`archive.was.${row.was}`);
}

export class Archive {
  saved = $state("");
  busy = $state(false);
  /** What was chosen to be taken in, and what that would do or did. */
  fileName = $state("");
  preview = $state.raw<ArchiveReport | undefined>(undefined);
  report = $state.raw<ArchiveReport | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  private bytes = new Uint8Array(0);
  private asked = 0;

  /** Whether what was chosen would change something. */
  readonly changes = $derived(this.preview === undefined ? 0 : this.preview.totals.added + this.preview.totals.changed);
  /** That about which there is something to say. What is new is named, but for shifts, of which there may be years. */
  readonly remarkable = $derived.by(() => {
    const rows = (this.report ?? this.preview)?.files.flatMap((file) => file.rows) ?? [];
    return rows.filter(({ was, part, day }) => was !== "unchanged" && (was !== "added" || part === "person" || (part === undefined && day === undefined)));
  });

  constructor(private readonly group: string) {}

  async save(name: string): Promise<void> {
    this.begin();
    const answer = await this.ask("export");
    if (answer === undefined) return;
    saveFile(name, bytesOf(answer), "application/zip");
    this.saved = name;
  }

  async open(file: File): Promise<void> {
    this.begin();
    const turn = ++this.asked;
    const bytes = new Uint8Array(await file.arrayBuffer());
    // A large file may be there after a small one that was chosen later.
    if (turn !== this.asked) return;
    this.fileName = file.name;
    this.bytes = bytes;
    const preview = await this.ask("preview", bytes);
    if (turn === this.asked) this.preview = preview;
  }

  async take(): Promise<void> {
    const { bytes } = this;
    this.begin();
    this.report = await this.ask("import", bytes);
  }

  private async ask<K extends keyof ArchiveRequests>(what: K, bytes?: Uint8Array<ArrayBuffer>): Promise<ArchiveRequests[K]["get"] | undefined> {
    this.busy = true;
    const answer = await ask(this.group, what, {}, { bytes });
    this.busy = false;
    if (answer.ok) return answer.value;
    this.fault = answer.fault;
    return undefined;
  }

  private begin(): void {
    this.saved = "";
    this.preview = undefined;
    this.report = undefined;
    this.fault = undefined;
  }
}
