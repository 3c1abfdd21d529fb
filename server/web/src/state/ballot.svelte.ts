// An answer to a decision while it is thought over: mine, or that of somebody without a phone.

import type { Ballot, Choice, OnBehalf, Vote, VoteAnswer } from "../device/decision-messages";
import { DraftedFields } from "./draft.svelte";

const NOTHING: Answering = { answers: {}, reason: "", whose: "", name: "", how: "", day: "" };

interface Answering {
  answers: Record<string, VoteAnswer>;
  reason: string;
  /** Whose answer it is, where it is not mine: the key of the person, how they are called, how they told it and when. */
  whose: string;
  name: string;
  how: string;
  day: string;
}

export class BallotDraft extends DraftedFields<Answering> {
  readonly blocks = $derived(Object.values(this.typed.answers).includes("block"));

  /** `told`: of an answer that somebody told, how and when they did unless it is said. */
  constructor(name: string, told = { how: "", day: "" }) {
    const nothing = { ...NOTHING, ...told };
    super(name, nothing);
    this.begin(nothing, undefined);
  }

  /** Begins with what was answered before and still holds; `shown` is the version that it is answered to. */
  change(vote: Vote | undefined, shown: string | undefined): void {
    const given = Object.entries(vote?.answers ?? {}).filter(([, { asked }]) => !asked);
    this.begin({ ...NOTHING, answers: Object.fromEntries(given.map(([key, { answer }]) => [key, answer])), reason: vote?.reason ?? "" }, shown);
  }

  /** It is given: what is answered later is another one, which begins with the same. */
  async given(): Promise<void> {
    const typed = $state.snapshot(this.typed);
    await this.discard();
    this.begin(typed, undefined);
  }

  /** What is still to be answered, once something is: half an answer would count as one. */
  left(choices: readonly Choice[]): readonly Choice[] {
    const left = choices.filter(({ key }) => this.typed.answers[key] === undefined);
    return left.length < choices.length ? left : [];
  }

  /** Nothing as long as something is missing: an answer, or why somebody blocks. */
  ballot(choices: readonly Choice[], onBehalf: OnBehalf | null): Ballot | undefined {
    const answers = Object.fromEntries(choices.flatMap(({ key }) => (this.typed.answers[key] === undefined ? [] : [[key, this.typed.answers[key]]])));
    if (Object.keys(answers).length < Math.max(choices.length, 1) || (this.blocks && this.typed.reason.trim() === "")) return undefined;
    return { answers, reason: this.typed.reason.trim(), onBehalf };
  }
}
