// What matters to this person in a group at this moment, gathered from everything the group keeps.

import type { ContactLine, News } from "../device/messages";
import type { Listed, ShiftLine, WholeShift } from "../device/shifts";
import { app } from "./app.svelte";
import { askShifts } from "./asking-shifts";
import { isIn, isOn } from "./places";
import { Remembered } from "./remembered";
import { Desk, LISTED_DAYS } from "./shifts.svelte";
import { dayIn, plusDays } from "./wall-clock";

const MINUTE_MS = 60_000;

export class Now extends Desk {
  /** Contacts about which somebody has to decide. */
  questions = $state.raw<ContactLine[]>([]);
  loaded = $state(false);
  /** My next shift with its hand-over. */
  whole = $state.raw<WholeShift | undefined>(undefined);
  time = $state(Date.now());
  private readonly coming = $derived((this.listed?.shifts ?? []).filter((shift) => shift.end > this.time));
  private readonly shifts = $derived(this.coming.filter(isOn));
  readonly next = $derived(this.shifts.find((shift) => isIn(this.mine(shift))));
  readonly on = $derived(this.shifts.filter((shift) => shift.start <= this.time && shift.people.some(({ state }) => state === "confirmed")));
  readonly gap = $derived(this.listed?.gaps.find(({ end }) => end > this.time));
  /** Shifts of mine that do not take place; where I am asked to come instead, that is asked. */
  readonly cancelled = $derived(this.coming.filter((shift) => !isOn(shift) && shift.instead === null && isIn(this.mine(shift))));
  /** Shifts that ask me something. */
  readonly asking = $derived(this.shifts.filter((shift) => this.asksMe(shift)));

  private readonly remembered: Remembered<{ listed: Listed; whole: WholeShift | undefined; questions: ContactLine[] }>;

  constructor(group: string) {
    super(group);
    this.remembered = new Remembered("now", group);
    const last = this.remembered.get();
    if (last === undefined) return;
    this.listed = last.listed;
    this.whole = last.whole;
    this.questions = last.questions;
    this.loaded = true;
  }

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    const unfollow = this.keepFresh(() => this.loadShifts());
    const clock = setInterval(() => (this.time = Date.now()), MINUTE_MS);
    const unlisten = app.listen((news: News) => {
      if (news.group === this.group && news.news === "documentChanged") void this.load();
    });
    return () => {
      clearInterval(clock);
      unfollow();
      unlisten();
    };
  }

  private asksMe(shift: ShiftLine): boolean {
    const mine = this.mine(shift);
    return mine?.state === "asked" || (mine?.state === "standby" && mine.offered);
  }

  private async load(): Promise<void> {
    const contacts = await app.ask("contacts", { group: this.group, search: "" });
    if (contacts.ok) this.questions = contacts.value.filter(({ hasQuestion }) => hasQuestion);
    this.loaded = true;
  }

  private async loadShifts(): Promise<void> {
    const time = Date.now();
    const today = dayIn(this.zone, time);
    const listed = await this.look(plusDays(today, -1), plusDays(today, LISTED_DAYS));
    if (listed === undefined) return;
    this.time = time;
    this.listed = listed;
    const { next } = this;
    const whole = next === undefined ? undefined : await askShifts(this.group, "shift", { shift: next.id });
    this.whole = whole?.ok ? whole.value : undefined;
    this.remembered.keep({ listed, whole: this.whole, questions: this.questions });
  }
}
