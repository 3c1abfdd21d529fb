// A shift or a series while it is typed, and what saving it means: for one date, from it on, or from today on.

import type { Fault } from "../device/messages";
import type { Shift, ShiftChange, ShiftDetails, When, WithPeople } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { DraftedForm } from "./draft.svelte";
import { once, repeatingOf, restartDay, ruleOf, type Repeating } from "./repeat";
import { dayIn, dayOf, daysBetween, hours, lastDayOf, plusDays } from "./wall-clock";

/** Which dates a change is for. */
export const SCOPES = ["one", "following", "all"] as const;
export type Scope = (typeof SCOPES)[number];

/** What was on the screen when the person began: only what they changed is written. */
interface Before {
  details: ShiftDetails;
  when: When | undefined;
  /** How the series repeats, and its first day. */
  rule: string;
  first: string;
  /** The versions of what may be changed: of the month for one date, of the plan for a series. */
  month: string | undefined;
  plan: string | undefined;
}

/** What a draft on the disk says. */
interface Kept {
  typed: Typed;
  before: Before;
}

interface Typed {
  details: ShiftDetails;
  day: string;
  from: string;
  to: string;
  anyTime: boolean;
  lastDay: string;
  repeating: Repeating;
  /** Whether it is told by the group's clocks from now on, and not by those by which it was. */
  byOwnClocks?: boolean;
}

export class ShiftDraft extends DraftedForm<Kept | Typed> {
  typed = $state<Typed>(blank("2026-01-01"));
  scope = $state<Scope>("one");
  busy = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  /** The shift that is changed; nothing for a new one. */
  shift = $state.raw<Shift | undefined>(undefined);
  places = $state.raw<string[]>([]);
  /** Dates with people that the change would touch: asked about before it is saved. */
  touched = $state.raw<Shift[]>([]);
  /** Dates without people that were moved or cancelled, and stay so: named before it is saved. */
  differing = $state.raw<Shift[]>([]);
  /** What is saved is one date, not a series. */
  readonly isOneDate = $derived(this.typed.repeating.repeat === "never" || (this.shift !== undefined && this.scope === "one"));
  /** The group's. */
  zone = $state("UTC");
  private before: Before = { details: noDetails(), when: undefined, rule: "", first: "", month: undefined, plan: undefined };
  /** What the form said before anybody typed. */
  private untouched = "";

  constructor(
    private readonly group: string,
    private readonly id: string | undefined,
  ) {
    super(`shift/${group}/${id ?? "new"}`);
  }

  protected async load(): Promise<void> {
    const today = dayIn(undefined, Date.now());
    const listed = await askShifts(this.group, "list", { from: today, to: plusDays(today, 1) });
    if (!listed.ok) return void (this.fault = listed.fault);
    this.zone = listed.value.zone;
    const plan = await askShifts(this.group, "plan", { on: today });
    if (plan.ok) this.places = knownPlaces(plan.value.places.map(({ name }) => name), plan.value.series.map(({ details }) => details.place));
    this.typed = blank(dayIn(this.zone, Date.now()));
    if (this.id !== undefined && !(await this.loadShift(this.id))) return;
    this.untouched = JSON.stringify($state.snapshot(this.typed));
    const kept = await this.draft.load();
    // One that an earlier version of the app kept does not say what it began from.
    if (kept !== undefined && "typed" in kept) ({ typed: this.typed, before: this.before } = kept);
    else if (kept !== undefined) this.typed = kept;
    this.restored = kept !== undefined;
    this.loaded = true;
  }

  protected unsaved(): Kept | undefined {
    const typed = $state.snapshot(this.typed);
    return JSON.stringify(typed) === this.untouched ? undefined : { typed, before: this.before };
  }

  /**
   * The id of what was saved. Nothing if `fault` says why not, or if `touched` has dates with people or `differing` has
   * others that were moved or cancelled: then it is called again with what is to become of those with people.
   */
  async save(people?: WithPeople): Promise<string | undefined> {
    this.busy = true;
    this.fault = undefined;
    const saved = await this.carryOut(people);
    this.busy = false;
    if (saved !== undefined) await this.discard();
    return saved;
  }

  private async carryOut(people: WithPeople | undefined): Promise<string | undefined> {
    const { details } = $state.snapshot(this.typed);
    const when = this.when();
    const rule = ruleOf(this.typed.repeating);
    const { shift, scope } = this;
    if (shift === undefined) return this.change({ add: { details, when, rule: rule || null } });
    if (shift.series === null || shift.original === null || scope === "one") {
      const { month } = this.before;
      if ((await this.change({ edit: { shift: shift.id, before: this.before.details, after: details } }, month)) === undefined) return undefined;
      return isSameTime(when, this.before.when) ? shift.id : this.change({ move: { shift: shift.id, when } }, month);
    }
    return this.changeSeries(shift.series, shift.original, people);
  }

  private async changeSeries(series: string, original: string, people: WithPeople | undefined): Promise<string | undefined> {
    const { details } = $state.snapshot(this.typed);
    const [when, rule] = [this.when(), ruleOf(this.typed.repeating)];
    const today = dayIn(this.zone, Date.now());
    const day = this.scope === "all" ? restartDay(this.before.rule, original.slice(0, 10), today, this.before.first) : original.slice(0, 10);
    const { details: before, plan } = this.before;
    // As the form says it, which may have other words for the same than a calendar.
    const isSame = rule === ruleOf(repeatingOf(this.before.rule, original.slice(0, 10))) && isSameTime(when, this.before.when);
    if (isSame) return this.change({ editSeries: { series, since: day, before, after: details } }, plan);
    const from = this.scope === "all" ? `${day}T00:00` : original;
    if (people === undefined) {
      const dates = await askShifts(this.group, "datesWithPeople", { series, from });
      if (!dates.ok) return this.refuse(dates.fault);
      const differing = await askShifts(this.group, "datesThatDiffer", { series, from });
      if (!differing.ok) return this.refuse(differing.fault);
      [this.touched, this.differing] = [dates.value, differing.value];
      if (dates.value.length + differing.value.length > 0) return undefined;
    }
    const start = this.scope === "all" && day < dayOf(when) ? moved(when, day) : when;
    return this.change({ changeSeries: { series, from, before, details, when: start, rule, people: people ?? "keep" } }, plan);
  }

  private async change(change: ShiftChange, shown?: string): Promise<string | undefined> {
    const answer = await askShifts(this.group, "change", change, { shown });
    return answer.ok ? (this.id ?? answer.value ?? "") : this.refuse(answer.fault);
  }

  private refuse(fault: Fault): undefined {
    this.fault = fault;
    return undefined;
  }

  private async loadShift(id: string): Promise<boolean> {
    const answer = await askShifts(this.group, "shift", { shift: id });
    if (!answer.ok) {
      this.fault = answer.fault;
      return false;
    }
    const shift = answer.value;
    const day = dayOf(shift.when);
    const before: Before = { details: shift.details, when: shift.when, rule: "", first: "", month: shift.version, plan: undefined };
    if (shift.series !== null) {
      const plan = await askShifts(this.group, "plan", { on: day });
      const series = plan.ok ? plan.value.series.find(({ id }) => id === shift.series) : undefined;
      before.rule = series?.rule ?? "";
      before.first = series === undefined ? "" : dayOf(series.when);
      before.plan = plan.ok ? plan.value.version : undefined;
    }
    this.shift = shift;
    this.before = before;
    this.typed = {
      details: structuredClone(shift.details),
      day,
      from: shift.when.start.slice(11, 16) || "18:00",
      to: shift.when.end.slice(11, 16) || "20:00",
      anyTime: shift.when.zone === "",
      lastDay: lastDayOf(shift.when),
      repeating: shift.series === null ? once(day) : repeatingOf(before.rule, day),
    };
    return true;
  }

  private when(): When {
    const { day, from, to, anyTime, lastDay, byOwnClocks } = this.typed;
    if (anyTime) return { start: day, end: plusDays(lastDay < day ? day : lastDay, 1), zone: "" };
    const before = this.before.when;
    const isSame = before !== undefined && before.start.slice(11, 16) === from && before.end.slice(11, 16) === to;
    const zone = (byOwnClocks !== true && before?.zone) || this.zone;
    // One that lasts for days keeps its length: the form has no field for that.
    return isSame ? { ...moved(before, day), zone } : hours(day, from, to, zone);
  }
}

export function noDetails(): ShiftDetails {
  return { title: "", place: "", note: "", bring: "", role: "", line: "", needs: 2, languages: [], skills: [] };
}

function blank(day: string): Typed {
  return { details: noDetails(), day, from: "18:00", to: "20:00", anyTime: false, lastDay: day, repeating: once(day) };
}

function knownPlaces(...lists: string[][]): string[] {
  return [...new Set(lists.flat().filter((name) => name !== ""))];
}

function isSameTime(one: When, other: When | undefined): boolean {
  return one.start === other?.start && one.end === other.end && one.zone === other.zone;
}

/** The same hours on another day. */
function moved({ start, end, zone }: When, day: string): When {
  const last = plusDays(end.slice(0, 10), daysBetween(start.slice(0, 10), day));
  return { start: day + start.slice(10), end: last + end.slice(10), zone };
}
