// The groups of this phone in the order in which people think of them: each circle below the group that it is in.

import type { GroupStatus } from "../device/messages";

/** A group, and the one around it where that is listed above. */
export interface Placed {
  group: GroupStatus;
  around: GroupStatus | undefined;
}

/** All of them, each once; also those whose lists name each other in a ring. */
export function ordered(groups: readonly GroupStatus[]): Placed[] {
  const placed: Placed[] = [];
  const place = (group: GroupStatus, around: GroupStatus | undefined) => {
    if (placed.some((one) => one.group === group)) return;
    placed.push({ group, around });
    for (const inner of groups) if (inner.parent === group.group) place(inner, group);
  };
  const isHere = (id: string | null) => groups.some(({ group }) => group === id);
  for (const group of groups) if (!isHere(group.parent)) place(group, undefined);
  for (const group of groups) place(group, undefined);
  return placed;
}
