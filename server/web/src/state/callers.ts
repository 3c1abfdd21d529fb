// The phone tree by those who call: whom each calls, and who steps in.

import type { ContactLine } from "../device/messages";
import type { Branch } from "../device/people-messages";

/** A caller and those who are called. */
export interface Caller {
  branch: Branch;
  backup: string | undefined;
  /** Their calls are the backup's, because they do not react. */
  isPassedOn: boolean;
  calls: Branch[];
}

/** `me`: whose calls come first. */
export function callersOf(branches: readonly Branch[], me = ""): Caller[] {
  const byId = new Map(branches.map((branch) => [branch.contact, branch]));
  const callers = branches.filter(({ calls }) => calls.length > 0);
  const mine = callers.filter(({ contact }) => contact === me);
  return [...mine, ...callers.filter(({ contact }) => contact !== me)].map((branch) => ({
    branch,
    backup: branch.backup === null ? undefined : byId.get(branch.backup)?.name,
    isPassedOn: branch.state === "noAnswer",
    calls: branch.calls.flatMap((id) => byId.get(id) ?? []),
  }));
}

/** Those of whom nobody wrote down what they speak. */
export function withoutWord(lines: readonly Pick<ContactLine, "id" | "languages">[]): ReadonlySet<string> {
  return new Set(lines.filter(({ languages }) => languages.length === 0).map(({ id }) => id));
}
