// What is offered to somebody who cannot come, or for whom there was no place.

import type { Person, ShiftLine } from "../device/shifts";
import { isOn, isOpen, mine } from "./places";

const MOST = 3;

/** Shifts with room that clash with nothing of theirs: those that are called the same first, then by time. */
export function otherShifts(shift: Pick<ShiftLine, "id" | "details">, all: readonly ShiftLine[], me: Person | null, now: number): ShiftLine[] {
  const open = all.filter((other) => other.id !== shift.id && isOn(other) && other.start > now && isOpen(other, now) && other.clashes.length === 0 && mine(other, me) === undefined);
  const isAlike = (other: ShiftLine) => Number(other.details.title === shift.details.title);
  return open.sort((one, other) => isAlike(other) - isAlike(one) || one.start - other.start).slice(0, MOST);
}
