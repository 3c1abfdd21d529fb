// What matters to this person in a group at this moment, gathered from everything the group keeps.

import type { ContactLine } from "../device/messages";
import type { Listed, ShiftChange, ShiftLine, WholeShift } from "../device/shifts";
import { app, isAbout } from "./app.svelte";
import { askShifts } from "./asking-shifts";
import { isIn, isOn, mine, whoIsOn } from "./places";
import { Remembered } from "./remembered";
import { Desk, LISTED_DAYS, touchesShifts } from "./shifts.svelte";
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
  /** My next shift that I gave up here: it stays where it was, so that this can be seen and undone. */
  private givenUp = $state("");
  /** What asked me something here and was answered: it stays too. */
  private answered = $state.raw<ReadonlySet<string>>(new Set());
  readonly next = $derived(this.listed === undefined ? undefined : this.nextOf(this.listed, this.time));
  readonly isMine = $derived(this.next !== undefined && isIn(this.mine(this.next)));
  /** What is on, with nobody there as well; work for any time of the day only while somebody does it. */
  readonly on = $derived(this.shifts.filter((shift) => shift.start <= this.time && (shift.when.zone !== "" || whoIsOn(shift).length > 0)));
  readonly gap = $derived(this.listed?.gaps.find(({ end }) => end > this.time));
  /** Shifts that I counted on and that do not take place; where I am asked to come instead, that is asked. */
  readonly cancelled = $derived(this.coming.filter((shift) => !isOn(shift) && shift.instead === null && this.countsOn(shift)));
  /** Shifts that ask me something. */
  readonly asking = $derived(this.shifts.filter((shift) => this.asksMe(shift) || shift.asks.length > 0 || this.answered.has(shift.id)));
  /** What somebody else took me off, until I have seen it. */
  readonly takenOff = $derived(this.shifts.filter((shift) => shift.takenOffBy !== null && !this.asking.includes(shift) && shift.id !== this.next?.id));
  /** Where others were there first, and I come only if somebody does not. */
  readonly standby = $derived(this.shifts.filter((shift) => this.mine(shift)?.state === "standby" && !this.asking.includes(shift)));

  private readonly shiftsShown: Remembered<{ listed: Listed; whole: WholeShift | undefined }>;
  private readonly questionsShown: Remembered<ContactLine[]>;

  constructor(group: string) {
    super(group);
    this.shiftsShown = new Remembered("now", group, touchesShifts);
    this.questionsShown = new Remembered("questions", group, isAbout("contacts"));
    const last = this.shiftsShown.get();
    this.listed = last?.listed;
    this.whole = last?.whole;
    const questions = this.questionsShown.get();
    this.questions = questions ?? [];
    this.loaded = questions !== undefined;
  }

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    if (!this.questionsShown.isFresh()) void this.load();
    const unlisten = this.questionsShown.listen(() => void this.load());
    const unfollow = this.keepFresh(() => this.loadShifts(), this.shiftsShown);
    const clock = setInterval(() => (this.time = Date.now()), MINUTE_MS);
    return () => {
      clearInterval(clock);
      unfollow();
      unlisten();
    };
  }

  override async act(change: ShiftChange, id = "", shown?: string): Promise<string | null | undefined> {
    if (this.asking.some((shift) => shift.id === id)) this.answered = new Set([...this.answered, id]);
    else if ("leave" in change && this.next?.id === id) this.givenUp = id;
    return super.act(change, id, shown);
  }

  /** Whoever was to say whether they still come may think of the time before. */
  private countsOn(shift: ShiftLine): boolean {
    const mine = this.mine(shift);
    return isIn(mine) || (mine?.state === "asked" && mine.why !== "invited");
  }

  private asksMe(shift: ShiftLine): boolean {
    const mine = this.mine(shift);
    return mine?.state === "asked" || (mine?.state === "standby" && mine.offered);
  }

  private async load(): Promise<void> {
    const contacts = await app.ask("contacts", { group: this.group, search: "", only: "asked" });
    if (contacts.ok) {
      this.questions = contacts.value;
      this.questionsShown.keep(contacts.value);
    }
    this.loaded = true;
  }

  private async loadShifts(): Promise<void> {
    const time = Date.now();
    const today = dayIn(this.zone, time);
    const listed = await this.look(plusDays(today, -1), plusDays(today, LISTED_DAYS));
    if (listed === undefined) return;
    const next = this.nextOf(listed, time);
    const whole = next === undefined ? undefined : await askShifts(this.group, "shift", { shift: next.id });
    // All at once: what stands below must not move when the rest comes.
    this.time = time;
    this.listed = listed;
    this.whole = whole?.ok ? whole.value : undefined;
    this.shiftsShown.keep({ listed, whole: this.whole });
  }

  /** My next shift, or the one that is on. */
  private nextOf({ shifts, me }: Listed, time: number): ShiftLine | undefined {
    const coming = shifts.filter((shift) => shift.end > time && isOn(shift));
    return coming.find(({ id }) => id === this.givenUp) ?? coming.find((shift) => isIn(mine(shift, me)));
  }
}
