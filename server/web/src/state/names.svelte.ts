// What everybody who could come is called, loaded once.

import type { Person } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { dayIn, plusDays } from "./wall-clock";

export class Names {
  people = $state.raw<Record<Person, { name: string }>>({});

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    const today = dayIn(undefined, Date.now());
    const listed = await askShifts(this.group, "list", { from: today, to: plusDays(today, 1) });
    if (listed.ok) this.people = listed.value.people;
  }

  of = (person: Person): string => this.people[person]?.name ?? "";
}
