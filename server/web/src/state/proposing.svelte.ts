// A decision while it is proposed. What is typed is on the phone within a second, even before it is proposed.

import type { Method, Proposal, Terms } from "../device/decision-messages";
import type { Fault } from "../device/messages";
import { DraftedForm } from "./draft.svelte";
import { askDecisions, askNotes } from "./note-requests";

const DAY_MS = 24 * 3_600_000;

export const KINDS = ["proposal", "options", "days"] as const;
/** Days until it closes; "" for no deadline, "own" for a time of one's own. */
export const SPANS = ["1", "3", "7", "14", "", "own"] as const;
/** How many must answer; "own" for a number of people. */
export const QUORUMS = ["", "50%", "67%", "100%", "own"] as const;

export interface Form {
  title: string;
  details: string;
  kind: (typeof KINDS)[number];
  options: string[];
  days: string[];
  method: Method;
  quorum: (typeof QUORUMS)[number];
  people: number;
  span: (typeof SPANS)[number];
  /** As the browser's field for times says it, in this phone's zone. */
  until: string;
}

export class Proposing extends DraftedForm<Partial<Form>> {
  form = $state<Form>(emptyForm());
  busy = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  /** Why it cannot close then: it would be closed before anybody could answer, or no day is chosen. */
  deadlineFault = $state<"span.over" | "span.missing" | undefined>(undefined);
  /** Whether the form was sent with something missing. */
  isTried = $state(false);
  readonly isShort = $derived(this.form.kind !== "proposal" && this.wordings().length < 2);

  constructor(
    private readonly group: string,
    private readonly note: string | undefined,
  ) {
    super(`decision/${group}/new`);
  }

  protected async load(): Promise<void> {
    const kept = await this.draft.load();
    this.form = { ...emptyForm(), ...kept };
    this.restored = kept !== undefined;
    this.loaded = true;
  }

  protected unsaved(): Form | undefined {
    const form = $state.snapshot(this.form);
    return JSON.stringify(form) === JSON.stringify(emptyForm()) ? undefined : form;
  }

  /** The id of the decision; nothing if something is missing, or `fault` says why not. */
  async propose(now: number): Promise<string | undefined> {
    this.isTried = true;
    this.deadlineFault = faultOf(this.form, now);
    if (this.form.title.trim() === "" || this.isShort || this.deadlineFault !== undefined) return undefined;
    this.busy = true;
    const answer = await askDecisions(this.group, "add", { proposal: this.proposal() });
    if (answer.ok && this.note !== undefined) await askNotes(this.group, "linkDecision", { note: this.note, decision: answer.value });
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    if (!answer.ok) return undefined;
    await this.discard();
    return answer.value;
  }

  private proposal(): Proposal {
    const { title, details, method, quorum, people } = this.form;
    return {
      title: title.trim(),
      details,
      options: this.wordings().map((text) => ({ text, zone: "" })),
      terms: { method, quorum: quorum === "own" ? String(people) : quorum, ...endOf(this.form) },
    };
  }

  private wordings(): string[] {
    const { kind, options, days } = this.form;
    const all = kind === "options" ? options : kind === "days" ? days.toSorted() : [];
    return [...new Set(all.map((text) => text.trim()))].filter((text) => text !== "");
  }
}

/** When it closes: some days after it stands in the log, whatever this phone's clock says, or at a time of one's own. */
function endOf({ span, until }: Form): Pick<Terms, "deadline" | "span"> {
  if (span === "own") return { deadline: Date.parse(until) };
  return span === "" ? { deadline: 0 } : { span: Number(span) * DAY_MS };
}

/** `now`: by the clock of the group's server. */
function faultOf({ span, until }: Form, now: number): Proposing["deadlineFault"] {
  if (span !== "own") return undefined;
  const deadline = Date.parse(until);
  if (Number.isNaN(deadline)) return "span.missing";
  return deadline <= now ? "span.over" : undefined;
}

function emptyForm(): Form {
  return { title: "", details: "", kind: "proposal", options: ["", ""], days: ["", ""], method: "consent", quorum: "50%", people: 3, span: "3", until: "" };
}
