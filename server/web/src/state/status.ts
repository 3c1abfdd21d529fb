// The one sentence that says where what was typed is. There are three, and no others.

import type { GroupStatus } from "../device/messages";
import type { MessageKey } from "./language.svelte";

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
