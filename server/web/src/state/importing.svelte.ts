// An import: a file is read and shown row by row, a person corrects what was guessed, then it is done and reported.

import type { Choices, Column, Fault, ImportOptions, ImportReport, Preview } from "../device/messages";
import { app } from "./app.svelte";
import { choiceFor, effect, otherContact, type RowChoice } from "./row-choice";

export class Importing {
  preview = $state.raw<Preview | undefined>(undefined);
  report = $state.raw<ImportReport | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  fileName = $state("");
  private choices = $state<Record<number, RowChoice>>({});
  private bytes = new Uint8Array(0);
  private options: ImportOptions = {};
  private asked = 0;

  /** What would be done, counted. */
  readonly counts = $derived.by(() => {
    const counts = { add: 0, change: 0, repeat: 0, same: 0, leaveOut: 0, refuse: 0 };
    for (const row of this.preview?.rows ?? []) counts[effect(row.proposal, this.choices[row.number] ?? "proposed")]++;
    return counts;
  });

  /** Whether no row has a number or an address: then it may be the wrong file. */
  readonly reachesNobody = $derived.by(() => {
    const rows = this.preview?.rows ?? [];
    return rows.length > 0 && !rows.some(({ details }) => details !== null && details.phones.length + details.emails.length > 0);
  });

  constructor(private readonly group: string) {}

  async open(file: File): Promise<void> {
    const turn = ++this.asked;
    const bytes = new Uint8Array(await file.arrayBuffer());
    // A large file may be there after a small one that was chosen later.
    if (turn !== this.asked) return;
    this.fileName = file.name;
    this.bytes = bytes;
    this.options = {};
    await this.read();
  }

  /** Says what a column holds, and reads the sheet anew. */
  async mapColumn(index: number, column: Column): Promise<void> {
    const mapping = this.mapping();
    if (!mapping) return;
    const columns = mapping.columns.map((mapped, at) => (at === index ? { ...mapped, column } : mapped));
    this.options = { ...this.options, mapping: { ...mapping, columns } };
    await this.read();
  }

  async setHeading(hasHeading: boolean): Promise<void> {
    const mapping = this.mapping();
    if (!mapping) return;
    this.options = { ...this.options, mapping: { ...mapping, hasHeading } };
    await this.read();
  }

  async setEncoding(encoding: string): Promise<void> {
    this.options = { ...this.options, encoding };
    await this.read();
  }

  choice(row: number): RowChoice {
    return this.choices[row] ?? "proposed";
  }

  choose(row: number, choice: RowChoice): void {
    this.choices[row] = choice;
  }

  async apply(): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    const { group, options } = this;
    const answer = await app.ask("applyImport", { group, options, choices: this.written() }, this.bytes);
    this.busy = false;
    if (answer.ok) this.report = answer.value;
    else this.fault = answer.fault;
  }

  /** What the columns hold as it was said last, which may not be previewed yet. */
  private mapping(): Preview["mapping"] {
    return this.options.mapping ?? this.preview?.mapping ?? null;
  }

  private async read(): Promise<void> {
    const turn = ++this.asked;
    this.busy = true;
    this.fault = undefined;
    this.choices = {};
    const answer = await app.ask("previewImport", { group: this.group, options: this.options }, this.bytes);
    if (turn !== this.asked) return;
    this.busy = false;
    if (answer.ok) {
      this.preview = answer.value;
    } else {
      this.preview = undefined;
      this.fault = answer.fault;
    }
  }

  private written(): Choices {
    const choices: Choices = {};
    for (const row of this.preview?.rows ?? []) {
      const written = choiceFor(row.proposal, this.choice(row.number), otherContact(row.flags));
      if (written !== undefined) choices[row.number] = written;
    }
    return choices;
  }
}
