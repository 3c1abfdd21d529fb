// Whether this person is at a shift that is on now.

import { askShifts } from "./asking-shifts";
import { isOn, whoIsOn } from "./places";
import { dayIn, plusDays } from "./wall-clock";

export async function isOnDuty(group: string): Promise<boolean> {
  const now = Date.now();
  const today = dayIn(undefined, now);
  // Wherever this phone is, the group's today is one of these days.
  const listed = await askShifts(group, "list", { from: plusDays(today, -2), to: plusDays(today, 2) });
  if (!listed.ok) return false;
  const { shifts, me } = listed.value;
  return shifts.some((shift) => isOn(shift) && shift.start <= now && now < shift.end && me !== null && whoIsOn(shift).includes(me));
}
