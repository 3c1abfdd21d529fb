// The shifts of some days of a group, as a list by day, kept fresh while somebody looks; and what one does with them.

import { untrack } from "svelte";
import type { Fault, News } from "../device/messages";
import type { Day, Gap, HandOver, Listed, Person, ShiftChange, ShiftLine } from "../device/shifts";
import { app } from "./app.svelte";
import { askShifts } from "./asking-shifts";
import { dayIn, dayOf, plusDays, weekOf } from "./wall-clock";
import { language } from "./language.svelte";
import { hasRoom, isOn, mine, personName, type Mine } from "./places";
import { Remembered } from "./remembered";

/** Not more often than this, whatever this phone's clock says. */
const SOON_MS = 60_000;

/** So many days are listed, and looked at for gaps. */
export const LISTED_DAYS = 14;

export type Shown = "all" | "mine" | "open";

/** What every part that lets people act on shifts needs: who they are, what others are called, and the acting. */
export class Desk {
  listed = $state.raw<Listed | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  /** The shift with which something is being done. */
  busy = $state("");
  /** The zone, of a list that was only asked for it: of what its one day says nothing is shown. */
  private learned = $state<string | undefined>(undefined);
  readonly zone = $derived(this.listed?.zone ?? this.learned);
  /** By the group's clock; empty until its zone is known. */
  readonly today = $derived(this.zone === undefined ? "" : dayIn(this.zone, Date.now()));
  readonly me = $derived(this.listed?.me ?? null);

  private learning: Promise<void> | undefined;

  constructor(readonly group: string) {}

  nameOf = (person: Person): string => personName(this.listed?.people, person);

  /** What it says of me, if this shift does. */
  mine = (shift: Pick<ShiftLine, "people">): Mine => mine(shift, this.me);

  titleOf = (id: string): string => this.listed?.shifts.find((shift) => shift.id === id)?.details.title ?? "";

  /** `shown`: the version that was shown to the person who writes. What it made, or nothing; undefined if `fault` says why not. */
  async act(change: ShiftChange, id = "", shown?: string): Promise<string | null | undefined> {
    this.busy = id;
    const answer = await askShifts(this.group, "change", change, { shown });
    this.busy = "";
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok ? answer.value : undefined;
  }

  /**
   * Calls `load` whenever the shifts or the people may have changed, never twice at the same time; and at once, unless what
   * is shown is what was told last of these.
   */
  protected keepFresh(load: () => Promise<void>, shown?: Remembered<unknown>): () => void {
    let running = false;
    let again = false;
    let wake: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      again = running;
      if (running) return;
      running = true;
      do {
        again = false;
        await load();
      } while (again);
      running = false;
      // A place is kept for somebody for a while only; that it is no more is no news from anybody.
      clearTimeout(wake);
      const next = nextEnd(this.listed?.shifts ?? []);
      if (next !== undefined) wake = setTimeout(() => void run(), Math.max(next - Date.now(), SOON_MS));
    };
    // What it reads is no reason to begin anew: news are.
    if (shown?.isFresh() !== true) untrack(() => void run());
    const unlisten = app.listen((news: News) => {
      if (news.group === this.group && touchesShifts(news)) void run();
    });
    return () => {
      clearTimeout(wake);
      unlisten();
    };
  }

  /** The zone comes with the first answer; until then the phone's own day is near enough to ask. */
  protected async learnZone(): Promise<void> {
    const today = dayIn(undefined, Date.now());
    this.learning ??= this.look(today, plusDays(today, 1)).then((listed) => {
      this.learned = listed?.zone;
      this.learning = undefined;
    });
    await this.learning;
  }

  protected async look(from: Day, to: Day): Promise<Listed | undefined> {
    const answer = await askShifts(this.group, "list", { from, to });
    if (answer.ok && this.fault?.code === "zone_missing") this.fault = undefined;
    if (!answer.ok) this.fault = answer.fault;
    return answer.ok ? answer.value : undefined;
  }
}

/** Where somebody was in the list who opened something from it. */
export interface Left {
  group: string;
  shown: Pick<Shifts, "from" | "show" | "listed" | "gaps" | "earlier">;
  /** How many shifts were drawn, and how far the page was scrolled. */
  room: number;
  scrolled: number;
}

export class Shifts extends Desk {
  /** The first day that is listed; empty until the group's zone is known. */
  from = $state<Day>("");
  show = $state<Shown>("all");
  /** Whether also those of this week are listed that are over: what is next comes first. */
  earlier = $state(false);
  /** Whether it begins in this week; so it will, until the group's zone is known. */
  readonly isNow = $derived(this.from === "" || (this.today !== "" && this.from === this.thisWeek()));
  readonly last = $derived(this.from === "" ? "" : plusDays(this.from, LISTED_DAYS - 1));
  /** Those of the next days, whichever days are listed: what is missing is counted in one way everywhere. */
  gaps = $state.raw<Gap[]>([]);
  readonly unanswered: HandOver[] = $derived(this.listed?.unanswered ?? []);
  private readonly shown = $derived((this.listed?.shifts ?? []).filter((shift) => dayOf(shift.when) <= this.last && this.isShown(shift)));
  private readonly past = $derived(this.isNow ? this.shown.filter((shift) => isPast(shift, this.today)) : []);
  /** How many of this week are over and not listed. */
  readonly hidden = $derived(this.earlier ? 0 : this.past.length);
  readonly days = $derived(byDay(this.hidden === 0 ? this.shown : this.shown.filter((shift) => !this.past.includes(shift)), this.from));
  private asked = 0;
  /** Those of this week. */
  private readonly remembered: Remembered<{ from: Day; listed: Listed }>;
  /** Whether what is shown at first is what was remembered. */
  private isRecalled = false;

  /** `day`: in which week to begin; today's if nothing is said. `left`: where somebody was who comes back. */
  constructor(group: string, day?: Day, left?: Left) {
    super(group);
    this.remembered = new Remembered("shifts", group, touchesShifts);
    if (left !== undefined) Object.assign(this, left.shown);
    else if (day !== undefined) {
      this.from = weekOf(day, language.firstDay());
      this.earlier = day < dayIn(undefined, Date.now());
    }
    else this.recall();
  }

  follow(): () => void {
    return this.keepFresh(() => this.loadWithGaps(), this.isRecalled ? this.remembered : undefined);
  }

  async jump(days: number): Promise<void> {
    // Somebody may tap before the first answer.
    if (!(await this.begin())) return;
    if (days === 0 && this.today === "") return;
    if (days === 0) this.earlier = false;
    this.from = days === 0 ? this.thisWeek() : plusDays(this.from, days);
    await this.load();
  }

  /** What is shown of it, to come back to. */
  get shownNow(): Left["shown"] {
    const { from, show, listed, gaps, earlier } = this;
    return { from, show, listed, gaps, earlier };
  }

  private async begin(): Promise<boolean> {
    if (this.from === "") await this.learnZone();
    if (this.from === "" && this.today !== "") this.from = this.thisWeek();
    return this.from !== "";
  }

  /** What is missing changes with every word on shifts, also while weeks are listed that do not tell it. */
  private async loadWithGaps(): Promise<void> {
    const hasGaps = await this.load();
    if (hasGaps || this.today === "") return;
    const next = await this.look(this.today, plusDays(this.today, LISTED_DAYS));
    if (next !== undefined) this.gaps = next.gaps;
  }

  /** Whether that told what is missing in the next days. */
  private async load(): Promise<boolean> {
    const turn = ++this.asked;
    if (!(await this.begin())) return false;
    // Whoever opens the list at a day is there before the group's zone is known, and with it what day is today.
    const { isNow } = this;
    // What is missing is told from today on, so far as well.
    const listed = await this.look(this.from, plusDays(isNow ? this.today : this.from, LISTED_DAYS));
    // A slower answer must not replace that of the weeks that are shown now.
    if (listed === undefined || turn !== this.asked) return false;
    this.listed = listed;
    if (!isNow) return false;
    this.gaps = listed.gaps;
    this.remembered.keep({ from: this.from, listed });
    return true;
  }

  private recall(): void {
    const last = this.remembered.get();
    if (last === undefined || last.from !== weekOf(dayIn(last.listed.zone, Date.now()), language.firstDay())) return;
    this.from = last.from;
    this.listed = last.listed;
    this.gaps = last.listed.gaps;
    this.isRecalled = true;
  }

  private thisWeek(): Day {
    return weekOf(this.today, language.firstDay());
  }

  private isShown(shift: ShiftLine): boolean {
    if (this.show === "mine") return this.mine(shift) !== undefined;
    if (this.show === "open") return isOn(shift) && hasRoom(shift);
    return true;
  }
}

/** When the first place ends to be kept for somebody. */
function nextEnd(shifts: readonly Pick<ShiftLine, "people">[]): number | undefined {
  const ends = shifts.flatMap(({ people }) => people.flatMap((signUp) => (signUp.state === "standby" && signUp.until !== null ? [signUp.until] : [])));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Whether it was over before today; one of the night that goes on is not. */
function isPast({ when, end }: ShiftLine, today: Day): boolean {
  return today !== "" && dayOf(when) < today && end <= Date.now();
}

/** Each day that has shifts; those that began before the first day stand under it. */
export function byDay(shifts: ShiftLine[], from: Day): { day: Day; lines: ShiftLine[] }[] {
  const days = new Map<Day, ShiftLine[]>();
  for (const shift of shifts) {
    const starts = dayOf(shift.when);
    const day = starts < from ? from : starts;
    days.set(day, [...(days.get(day) ?? []), shift]);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, lines]) => ({ day, lines }));
}

export function touchesShifts(news: News): boolean {
  if (news.news !== "documentChanged") return news.news === "statusChanged" || news.news === "membersChanged";
  return /^(schedule|contacts|index)(\/|$)/.test(news.document);
}
