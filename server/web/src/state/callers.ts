// The phone tree by those who call: whom each calls, and who steps in.

import type { Branch } from "../device/people-messages";

/** A caller and those who are called. */
export interface Caller {
  branch: Branch;
  backup: string | undefined;
  /** Their calls are the backup's, because they do not react. */
  isPassedOn: boolean;
  calls: Branch[];
}

export function callersOf(branches: readonly Branch[]): Caller[] {
  const byId = new Map(branches.map((branch) => [branch.contact, branch]));
  const callers = branches.filter(({ calls }) => calls.length > 0);
  return callers.map((branch) => ({
    branch,
    backup: branch.backup === null ? undefined : byId.get(branch.backup)?.name,
    isPassedOn: branch.state === "noAnswer",
    calls: branch.calls.flatMap((id) => byId.get(id) ?? []),
  }));
}
