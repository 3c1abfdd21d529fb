// Who has a place at a shift, as sentences: how full it is, who comes, and what it says of me.

import type { Counts, HandOver, Named, Person, Shift, ShiftLine, SignUp } from "../device/shifts";
import { language, say, type MessageKey } from "./language.svelte";
import { dayOf } from "./wall-clock";

/** My sign-up, if there is one. */
export type Mine = SignUp | undefined;

export function mine({ people }: Pick<Shift, "people">, me: Person | null): Mine {
  return people.find(({ person }) => person === me);
}

/** Whether somebody has a place, or will have once it is sent. */
export function isIn(signUp: Pick<SignUp, "state"> | undefined): boolean {
  return signUp?.state === "confirmed" || signUp?.state === "waiting";
}

/** Whether a hand-over is mine to take: I come to the shift it is for, and nobody who does has it. */
export function isMineToTake(handOver: HandOver | null, { people }: Pick<Shift, "people">, me: Person | null): boolean {
  const those = people.filter(isIn).map(({ person }) => person);
  return handOver !== null && me !== null && those.includes(me) && !handOver.acknowledged.some(({ person }) => those.includes(person));
}

/** Whether somebody is not counted on, or not any more. */
export function isOut({ state }: Pick<SignUp, "state">): boolean {
  return state === "withdrawn" || state === "late" || state === "departed";
}

/** Those who are at a shift that is on, as far as anybody said: they have a place, and did not say that they leave. */
export function whoIsOn({ people, checks }: Pick<Shift, "people" | "checks">): Person[] {
  return people.filter(({ person, state }) => state === "confirmed" && (checks[person]?.left ?? null) === null).map(({ person }) => person);
}

/** Whether help is still wanted there. */
export function isOn({ cancelled, removed }: Pick<Shift, "cancelled" | "removed">): boolean {
  return cancelled === null && !removed;
}

export function hasRoom({ counts, end }: Pick<Shift, "counts" | "end">, now = Date.now()): boolean {
  return end > now && (counts.needs === 0 || counts.filled < counts.needs);
}

/** Whether whoever comes now has a place: one that is kept for somebody on standby is none. */
export function isOpen({ counts, end }: Pick<Shift, "counts" | "end">, now = Date.now()): boolean {
  return end > now && (counts.needs === 0 || counts.filled + counts.reserved < counts.needs);
}

/** "A place is free; Nana One is asked first", where all that are free are kept for others; else nothing. */
export function firstAsked({ people, ...shift }: Pick<Shift, "counts" | "end" | "people">, nameOf: (person: Person) => string): string {
  if (!hasRoom(shift) || isOpen(shift)) return "";
  const first = people.filter((signUp) => signUp.state === "standby" && signUp.until !== null);
  return say("shift.firstAsked", { name: language.listing(first.map(({ person }) => nameOf(person))) });
}

/** Whether somebody is still missing there; where nobody said how many are needed, nobody is. */
export function lacksPeople(shift: Pick<Shift, "counts" | "end">): boolean {
  return shift.counts.needs > 0 && hasRoom(shift);
}

/** What the button says with which somebody comes who does not yet. */
export function takeWords(shift: ShiftLine, mine: Mine): MessageKey {
  if (shift.clashes.length > 0) return "shift.takeBoth";
  if (!isOpen(shift)) return "shift.takeStandby";
  return mine?.state === "withdrawn" ? "shift.takeBack" : "shift.take";
}

/** "2 of 3", "3 of 3 + 1 standby", "4 come". Whoever was asked does not count before they answer, though their place is kept. */
export function howFull({ needs, filled, standby, waiting, held, toConfirm }: Counts): string {
  const sure = filled - held;
  const places = needs === 0 ? say("shift.come", { count: sure }) : say("shift.filled", { filled: sure, needs });
  const more = [
    standby > 0 && say("shift.andStandby", { count: standby }),
    held + toConfirm > 0 && say("shift.andAsked", { count: held + toConfirm }),
    waiting > 0 && say("shift.andWaiting", { count: waiting }),
  ];
  return [places, ...more.filter((text) => text !== false)].join(" + ");
}

/** Those who come, or may come, each with what is to be known of it. */
export function whoComes(people: SignUp[], nameOf: (person: Person) => string): string {
  const names = people.flatMap((signUp) => {
    const name = named(signUp, nameOf);
    const note = noteOf(signUp);
    if (isOut(signUp)) return [];
    return [note === undefined ? name : say("shift.nameNote", { name, note })];
  });
  return language.listing(names);
}

/** What somebody is called; of whoever is not in the group any more it says so. Empty as long as nobody is known. */
export function personName(people: Record<Person, Pick<Named, "name" | "isFormer">> | undefined, person: Person): string {
  if (people === undefined) return "";
  const known = people[person];
  if (known === undefined) return say("person.gone");
  return known.isFormer ? say("person.former", { name: known.name }) : known.name || say("group.newcomer");
}

function named({ person, companions }: SignUp, nameOf: (person: Person) => string): string {
  const name = nameOf(person);
  return companions > 0 ? say("shift.withOthers", { name, count: companions }) : name;
}

function noteOf(signUp: SignUp): string | undefined {
  switch (signUp.state) {
    case "waiting":
      return say("shift.notSent");
    case "standby":
      return say("shift.standbyNote", { number: signUp.number });
    case "asked":
      return say("shift.askedNote");
    default:
      return undefined;
  }
}

const ASKED = { moved: "shift.isAsked", restored: "shift.isRestored", invited: "shift.isInvited" } as const;

/** What a list says of me, who signed up for a shift. */
export function stateOf(signUp: SignUp, shift: Pick<Shift, "when" | "counts" | "end" | "people">, nameOf: (person: Person) => string): string {
  switch (signUp.state) {
    case "waiting":
      return say("shift.isWaiting");
    case "confirmed":
      return say("shift.isConfirmed");
    case "standby": {
      if (signUp.offered) return [say("shift.isOffered"), keptUntil(signUp.until)].filter(Boolean).join(" ");
      const asked = firstAsked(shift, nameOf);
      const isNext = shift.people.every((other) => other.state !== "standby" || other.offered || other.number >= signUp.number);
      if (asked !== "") return `${asked} ${say(isNext ? "shift.thenYou" : "shift.thenOthers", { number: signUp.number })}`;
      const first = signUp.after === null ? "" : nameOf(signUp.after);
      const { number } = signUp;
      return first === "" ? say("shift.isStandby", { number }) : say("shift.isStandbyAfter", { number, name: first });
    }
    case "asked":
      return say(ASKED[signUp.why]);
    case "withdrawn":
      return say(signUp.unsent ? "shift.isLeaving" : "shift.isWithdrawn", { day: language.day(dayOf(shift.when), { weekday: "long", day: "numeric", month: "long" }) });
    case "late":
      return say("shift.isLate");
    case "departed":
      return say("shift.isDeparted");
  }
}

/** "It is kept until Thu 3:00 PM"; empty where others may take it as well. */
export function keptUntil(until: number | null): string {
  return until === null ? "" : say("shift.keptUntil", { until: language.moment(until) });
}
