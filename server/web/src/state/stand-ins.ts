// Anybody who could come to a shift, members and people without a phone here, found by name.

import type { Member } from "../device/messages";
import type { Named, Person, Shift, StandIn, WholeShift } from "../device/shifts";
import { language } from "./language.svelte";
import { isOut } from "./places";
import { fitting } from "./search";

/** More than these nobody looks through: they type more of the name. */
const MOST_FOUND = 8;

export interface Found {
  people: StandIn[];
  /** Whether more people fit than these. */
  isMore: boolean;
}

/** Those whose name begins as typed and who are not in the shift; nobody as long as nothing is typed. */
export function byName(
  typed: string,
  shift: Pick<Shift, "people"> & Pick<WholeShift, "standIns">,
  people: Record<Person, Pick<Named, "name" | "isFormer">>,
  me: Person | null,
  members: readonly Pick<Member, "id" | "role">[],
): Found {
  if (typed.trim() === "") return { people: [], isMore: false };
  const taken = new Set(shift.people.filter((signUp) => !isOut(signUp)).map(({ person }) => person));
  if (me !== null) taken.add(me);
  // Whoever only reads could not answer.
  for (const { id } of members.filter(({ role }) => role === "reader")) taken.add(`m.${id}`);
  const others = Object.entries(people).filter(([, { isFormer }]) => !isFormer);
  const named = others.map(([key, { name }]) => ({ key, name })).sort((a, b) => language.collator.compare(a.name, b.name));
  const found = fitting(named, typed, taken, MOST_FOUND + 1).map(({ key }) => shift.standIns.find(({ person }) => person === key) ?? unknown(key));
  return { people: found.slice(0, MOST_FOUND), isMore: found.length > MOST_FOUND };
}

function unknown(person: Person): StandIn {
  return { person, standby: null, hasRole: false, languages: [], clashes: [], stays: false };
}
