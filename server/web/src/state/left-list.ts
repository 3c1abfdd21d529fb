// Where somebody was in the list of shifts who opened something from it: whoever comes back from there finds the same weeks
// and the same place. Through a tab the list begins at today.

import { route, type Place } from "./route.svelte";
import type { Left, Shifts } from "./shifts.svelte";

/** What is opened from the list, and leads back to it. */
const OPENED: ReadonlySet<Place["at"]> = new Set<Place["at"]>(["shift", "gaps", "print"]);

let left: Left | undefined;

/** To be called when the list goes. */
export function leaveList(shifts: Shifts, room: number, scrolled: number): void {
  const place = { group: shifts.group, shown: shifts.shownNow, room, scrolled };
  // While a screen goes, it is told what was: what is opened is known right after.
  queueMicrotask(() => (left = OPENED.has(route.place.at) ? place : undefined));
}

/** Where to go on, if somebody comes back. */
export function comeBack(group: string): Left | undefined {
  return left?.group === group && OPENED.has(route.from) ? left : undefined;
}
