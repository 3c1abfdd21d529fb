// Members of one name: who they are told apart by, and whose something is that only says a name.

import type { Member } from "../device/messages";
import { language, say } from "./language.svelte";

type Called = Pick<Member, "id" | "name" | "since">;

/** What a member is called, and since when they are here if another one is called so, too. */
export function distinctName(member: Called, all: readonly Called[]): string {
  const name = member.name || say("group.newcomer");
  if (!all.some((other) => other.id !== member.id && isSame(other.name, member.name))) return name;
  return say("member.alike", { name, time: `${language.date(member.since)}, ${language.clock(member.since)}` });
}

/** Whether whoever has this phone has a name that somebody had before them. */
export function cameSecond(all: readonly Member[]): boolean {
  const self = all.find(({ isSelf }) => isSelf);
  if (self === undefined || self.name === "") return false;
  // The list is in the order in which people came.
  return all.slice(0, all.indexOf(self)).some(({ name }) => isSame(name, self.name));
}

/** Whose a task is that was given to a name: all who are or ever were called so. */
export function ownersOf(name: string, all: readonly Member[]): Member[] {
  if (name === "") return [];
  return all.filter((member) => [member.name, ...member.formerly].some((one) => isSame(one, name)));
}

/** What is to be said of an owner beside the name: what they are called now, or that it may be one of several. */
export function ownerWords(name: string, all: readonly Member[]): string | undefined {
  const owners = ownersOf(name, all);
  const [only] = owners;
  if (owners.length > 1) return say("task.several", { names: language.listing(owners.map((one) => distinctName(one, all))) });
  if (only === undefined || isSame(only.name, name)) return undefined;
  return say("task.now", { name: only.name || say("group.newcomer") });
}

function isSame(one: string, other: string): boolean {
  return one !== "" && one.trim().toLowerCase() === other.trim().toLowerCase();
}
