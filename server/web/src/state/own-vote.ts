// Which of the answers to a decision is my own.

import type { Vote } from "../device/decision-messages";

/** Somebody's own answer as it stands: one that waits to be sent takes the place of the one that counts. */
export function ownVote(votes: readonly Vote[], member: string | null): Vote | undefined {
  const own = votes.filter(({ person, onBehalf }) => person === `member/${member}` && onBehalf === null);
  return own.filter(({ standing }) => standing === "counted" || standing === "waiting").at(-1);
}
