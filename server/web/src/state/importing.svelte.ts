// An import: a file is read and shown row by row, a person corrects what was guessed, then it is done and reported.

import type { Choice, Choices, Column, Fault, ImportOptions, ImportReport, Preview, Proposal } from "../device/messages";
import { app } from "./app.svelte";

/** What one row can be made to do. */
export type RowChoice = "proposed" | "skip" | "add" | "here" | "there";

export class Importing {
  preview = $state.raw<Preview | undefined>(undefined);
  report = $state.raw<ImportReport | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  fileName = $state("");
  private choices = $state<Record<number, RowChoice>>({});
  private bytes = new Uint8Array(0);
  private options: ImportOptions = {};

  /** What would be done, counted. */
  readonly counts = $derived.by(() => {
    const counts = { add: 0, change: 0, same: 0, leaveOut: 0, refuse: 0 };
    for (const row of this.preview?.rows ?? []) counts[effect(row.proposal, this.choices[row.number] ?? "proposed")]++;
    return counts;
  });

  constructor(private readonly group: string) {}

  async open(file: File): Promise<void> {
    this.fileName = file.name;
    this.bytes = new Uint8Array(await file.arrayBuffer());
    this.options = {};
    await this.read();
  }

  /** Says what a column holds, and reads the sheet anew. */
  async mapColumn(index: number, column: Column): Promise<void> {
    const mapping = this.preview?.mapping;
    if (!mapping) return;
    const columns = mapping.columns.map((mapped, at) => (at === index ? { ...mapped, column } : mapped));
    this.options = { ...this.options, mapping: { ...mapping, columns } };
    await this.read();
  }

  async setHeading(hasHeading: boolean): Promise<void> {
    const mapping = this.preview?.mapping;
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

  private async read(): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    this.choices = {};
    const answer = await app.ask("previewImport", { group: this.group, options: this.options }, this.bytes);
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

/** Which of the choices make sense for a row. */
export function choicesFor(proposal: Proposal, sharesNumber: boolean): RowChoice[] {
  switch (proposal.do) {
    case "add":
      return sharesNumber ? ["proposed", "here", "skip"] : ["proposed", "skip"];
    case "merge":
      return proposal.contact === null ? ["proposed", "add", "skip"] : ["proposed", "there", "add", "skip"];
    case "update":
      return ["proposed", "add", "skip"];
    case "leaveOut":
      return ["proposed", "add"];
    case "same":
    case "skip":
    case "refuse":
      return [];
  }
}

/** The contact that already has the row's number, under another name. */
export function otherContact(flags: { code: string; contact?: string }[]): string | undefined {
  return flags.find(({ code }) => code === "sharesNumber")?.contact;
}

export function choiceFor(proposal: Proposal, choice: RowChoice, other: string | undefined): Choice | undefined {
  const contact = ("contact" in proposal ? proposal.contact : undefined) ?? other;
  switch (choice) {
    case "proposed":
      return undefined;
    case "skip":
    case "add":
      return { do: choice };
    case "here":
    case "there":
      return contact === undefined ? undefined : { do: "contact", contact, prefer: choice };
  }
}

function effect(proposal: Proposal, choice: RowChoice): "add" | "change" | "same" | "leaveOut" | "refuse" {
  if (proposal.do === "refuse") return "refuse";
  if (choice === "skip") return "leaveOut";
  if (choice === "add") return "add";
  if (choice === "here" || choice === "there") return "change";
  switch (proposal.do) {
    case "add":
      return "add";
    case "update":
    case "merge":
      return "change";
    case "same":
      return "same";
    case "leaveOut":
    case "skip":
      return "leaveOut";
  }
}
