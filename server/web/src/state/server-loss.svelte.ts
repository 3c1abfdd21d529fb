// That the server had lost something which phones gave back: told to organizers until they have seen it on this phone.

import type { GroupStatus } from "../device/messages";

const KEPT_AS = "porchlight-loss-";

type Told = Pick<GroupStatus, "lost" | "putBack" | "role">;

export class ServerLoss {
  /** The newest loss that was seen, and how much this phone had put back by then. */
  private seen = $state.raw<readonly number[]>([]);

  constructor(private readonly group: string) {
    this.seen = (localStorage.getItem(KEPT_AS + group) ?? "-1 0").split(" ").map(Number);
  }

  isNews({ lost, role }: Told): boolean {
    return role === "organizer" && lost !== null && lost > (this.seen[0] ?? -1);
  }

  /** How much this phone gave back; others may have given more. */
  count({ putBack }: Told): number {
    return putBack - (this.seen[1] ?? 0);
  }

  see({ lost, putBack }: Told): void {
    this.seen = [lost ?? -1, putBack];
    localStorage.setItem(KEPT_AS + this.group, this.seen.join(" "));
  }
}
