// What everybody who could come is called, loaded once.

import type { Listed, Person } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { personName } from "./places";
import { dayIn, plusDays } from "./wall-clock";

export class Names {
  people = $state.raw<Listed["people"] | undefined>(undefined);

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    const today = dayIn(undefined, Date.now());
    const listed = await askShifts(this.group, "list", { from: today, to: plusDays(today, 1) });
    if (listed.ok) this.people = listed.value.people;
  }

  of = (person: Person): string => personName(this.people, person);
}
