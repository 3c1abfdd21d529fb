// The one sentence that says where what was typed is. There are three, and no others.

import type { GroupStatus } from "../device/messages";
import { say, type MessageKey } from "./language.svelte";

export interface StatusLine {
  key: MessageKey & ("status.saved" | "status.sent" | "status.unreachable");
  since: number | undefined;
}

export function statusLine({ saving }: Pick<GroupStatus, "saving">): StatusLine {
  switch (saving.is) {
    case "savedHere":
      return { key: "status.saved", since: undefined };
    case "savedAndSent":
      return { key: "status.sent", since: undefined };
    case "cannotReach":
      return { key: "status.unreachable", since: saving.since };
  }
}

/** Whether there may be more in the group than is on this phone: where nothing is to be seen, something may still come. */
export function mayCome({ current, stage, departure }: Pick<GroupStatus, "current" | "stage" | "departure">): boolean {
  return !current && stage !== "founding" && departure === null;
}

/** Whether there is anything to write here for whoever has this phone. */
export function mayWrite({ role, departure }: Pick<GroupStatus, "role" | "departure">): boolean {
  return role !== "reader" && departure === null;
}

/** What stands in place of a list that is empty: `nothing`, if that is known. */
export function emptyWords(status: Pick<GroupStatus, "current" | "stage" | "departure" | "saving" | "problem">, nothing: MessageKey): string {
  if (!mayCome(status)) return say(nothing);
  return say(status.saving.is === "cannotReach" || status.problem !== null ? "app.mayCome" : "app.stillComing");
}
