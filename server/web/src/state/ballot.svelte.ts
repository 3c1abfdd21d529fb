// An answer to a decision while it is thought over: mine, or that of somebody without a phone.

import type { Ballot, Choice, OnBehalf, Vote, VoteAnswer } from "../device/decision-messages";

export class BallotDraft {
  answers = $state<Record<string, VoteAnswer>>({});
  reason = $state("");
  readonly blocks = $derived(Object.values(this.answers).includes("block"));

  /** Begins with what was answered before and still holds. */
  begin(vote: Vote | undefined): void {
    const given = Object.entries(vote?.answers ?? {}).filter(([, { asked }]) => !asked);
    this.answers = Object.fromEntries(given.map(([key, { answer }]) => [key, answer]));
    this.reason = vote?.reason ?? "";
  }

  /** What is still to be answered, once something is: half an answer would count as one. */
  left(choices: readonly Choice[]): readonly Choice[] {
    const left = choices.filter(({ key }) => this.answers[key] === undefined);
    return left.length < choices.length ? left : [];
  }

  /** Nothing as long as something is missing: an answer, or why somebody blocks. */
  ballot(choices: readonly Choice[], onBehalf: OnBehalf | null): Ballot | undefined {
    const answers = Object.fromEntries(choices.flatMap(({ key }) => (this.answers[key] === undefined ? [] : [[key, this.answers[key]]])));
    if (Object.keys(answers).length < Math.max(choices.length, 1) || (this.blocks && this.reason.trim() === "")) return undefined;
    return { answers, reason: this.reason.trim(), onBehalf };
  }
}

/** Somebody's own answer as it stands: one that waits to be sent takes the place of the one that counts. */
export function ownVote(votes: readonly Vote[], member: string | null): Vote | undefined {
  const own = votes.filter(({ person, onBehalf }) => person === `member/${member}` && onBehalf === null);
  return own.filter(({ standing }) => standing === "counted" || standing === "waiting").at(-1);
}
