// What a person can choose for one row of an import, and what that comes to.

import type { Choice, ImportReport, Proposal } from "../device/messages";

/** What one row can be made to do. */
export type RowChoice = "proposed" | "skip" | "add" | "here" | "there";

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

/** Under which heading a row is counted. */
export function effect(proposal: Proposal, choice: RowChoice): "add" | "change" | "repeat" | "same" | "leaveOut" | "refuse" {
  if (proposal.do === "refuse") return "refuse";
  if (choice === "skip") return "leaveOut";
  if (choice === "add") return "add";
  if (choice === "here" || choice === "there") return "change";
  switch (proposal.do) {
    case "add":
      return "add";
    case "update":
    case "merge":
      // About somebody who comes in by an earlier row, and is counted there.
      return proposal.contact === null ? "repeat" : "change";
    case "same":
      return "same";
    case "leaveOut":
    case "skip":
      return "leaveOut";
  }
}

/** What was done, counted: rows about people whom earlier rows added are told by themselves, for those were not here. */
export function countsOf({ rows, totals }: ImportReport): ImportReport["totals"] & { repeated: number } {
  const repeats = (was: "updated" | "merged") => rows.filter(({ outcome }) => outcome.was === was && outcome.row !== null).length;
  const [updated, merged] = [repeats("updated"), repeats("merged")];
  return { ...totals, updated: totals.updated - updated, merged: totals.merged - merged, repeated: updated + merged };
}
