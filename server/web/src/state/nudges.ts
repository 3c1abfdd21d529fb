// Which reminders there are of the shifts that are listed, and which of them are due.

import type { Gap, Listed } from "../device/shifts";
import type { OpenNudges } from "./nudges-open";
import { isIn, isOn, mine } from "./places";

const HOUR_MS = 3_600_000;

/** A reminder: of my own shift, or of one where something is still missing. */
export interface Nudge {
  group: string;
  shift: string;
  /** When to say it, and when the shift begins. */
  at: number;
  start: number;
  title: string;
  gap: Gap | undefined;
}

/** Every reminder that the shifts give, so many hours before each of them. */
export function nudgesOf(group: string, listed: Pick<Listed, "shifts" | "gaps" | "me">, hours: readonly number[]): Nudge[] {
  const own = listed.shifts.filter((shift) => isOn(shift) && isIn(mine(shift, listed.me))).map(({ id, start, details }) => ({ shift: id, start, title: details.title, gap: undefined }));
  const gaps = listed.gaps.map((gap) => ({ shift: gap.shift, start: gap.start, title: gap.title, gap }));
  return [...own, ...gaps].flatMap((about) => hours.map((before) => ({ group, ...about, at: about.start - before * HOUR_MS })));
}

/** Those that came due after `since` and until `now`, of what has not begun: of each shift only the latest, the next shift first. */
export function due(nudges: readonly Nudge[], since: number, now: number): Nudge[] {
  const latest = new Map<string, Nudge>();
  for (const nudge of nudges) {
    if (nudge.at <= since || nudge.at > now || nudge.start <= now) continue;
    const before = latest.get(keyOf(nudge));
    if (before === undefined || before.at < nudge.at) latest.set(keyOf(nudge), nudge);
  }
  return [...latest.values()].sort((one, other) => one.start - other.start);
}

/**
 * What was told and nobody closed, as it is now: nothing that has begun meanwhile, that is not mine or not missing any more,
 * or that was moved to where it is not due yet.
 */
export function standing(nudges: readonly Nudge[], open: Pick<OpenNudges, "has">, now: number): Nudge[] {
  return due(nudges, 0, now).filter((nudge) => open.has(keyOf(nudge)));
}

/** What a newer reminder takes the place of: one about the same shift, and about the same lack. */
export function keyOf({ group, shift, gap }: Nudge): string {
  return `${group} ${shift} ${gap?.lack ?? "mine"}`;
}
