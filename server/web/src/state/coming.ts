// What was asked for about who is in and waits for the server, in words.

import type { Member, Role } from "../device/messages";
import { say } from "./language.svelte";

/** The role that a member has as soon as all that was asked for is done. */
export function wishedRole({ role, coming }: Pick<Member, "role" | "coming">): Role {
  return coming === null || coming === "removed" || coming === "left" ? role : coming;
}

/** Nothing if nothing waits. */
export function comingWords(member: Pick<Member, "name" | "role" | "coming">): string | undefined {
  const name = member.name || say("group.newcomer");
  switch (member.coming) {
    case null:
      return undefined;
    case "removed":
      return say("coming.removed", { name });
    case "left":
      return say("coming.left");
    default:
      return say("coming.role", { name, role: say(`role.${member.coming}`), now: say(`role.${member.role}`) });
  }
}
