// What can be said about somebody's being at a meeting.

import { language, say } from "./language.svelte";

export const ATTENDANCE = ["here", "late", "excused", "absent"] as const;

/** Words that somebody wrote with another program are shown as they are. */
export function stateName(state: string): string {
  const key = `attendance.${state}`;
  return language.knows(key) ? say(key) : state;
}
