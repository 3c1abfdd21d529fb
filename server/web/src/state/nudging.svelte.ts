// Reminds of shifts while the app is open: looks at the clock every minute, and at the shifts when they have changed.
// What is told outside the app while that is locked or hidden says nothing of what it is about.

import { untrack } from "svelte";
import type { News } from "../device/messages";
import { app } from "./app.svelte";
import { askShifts } from "./asking-shifts";
import { disguise } from "./disguise.svelte";
import { lackText } from "./gaps.svelte";
import { language, say } from "./language.svelte";
import type { NudgeChoice } from "./nudge-choice.svelte";
import { due, keyOf, nudgesOf, standing, type Nudge } from "./nudges";
import { followOpen, keepOpen, openNudges } from "./nudges-open";
import { hashOf } from "./route.svelte";
import { dayIn, plusDays } from "./wall-clock";

const MINUTE_MS = 60_000;
/** Until when everything was told; beside the data, so that a start does not repeat it. */
const TOLD = "porchlight-nudged";
/** Times alone, for the time during which the app is locked and knows nothing else. */
const TIMES = "porchlight-nudge-times";

export function follow(choice: NudgeChoice): () => void {
  let nudges: readonly Nudge[] = [];
  let isStale = true;
  /** The day from which was looked ahead: on the next one there is more to see. */
  let seenFrom = "";
  let running = false;
  let isAsked = false;
  const shown = new Shown(choice);
  const tick = async () => {
    // Until it is known what is coming, nothing counts as told: what fell due while the app was closed is told then.
    if (app.standing.is === "opening" || (app.standing.is === "ready" && !app.loaded)) return;
    isAsked = true;
    if (running) return;
    running = true;
    while (isAsked) {
      isAsked = false;
      await look();
    }
    running = false;
  };
  const look = async () => {
    const today = dayIn(undefined, Date.now());
    if ((isStale || seenFrom !== today) && app.standing.is === "ready") {
      isStale = false;
      seenFrom = today;
      nudges = await upcoming(today);
      sessionStorage.setItem(TIMES, JSON.stringify(nudges.map(({ at, start }) => [at, start])));
    }
    shown.tell(nudges);
  };
  const clock = setInterval(() => void tick(), MINUTE_MS);
  const unlisten = app.listen((news: News) => {
    isStale ||= news.news === "joined" || news.news === "documentChanged";
  });
  const stop = $effect.root(() => {
    $effect(() => {
      // It may stand by for a moment, as when it goes from one tab to another: what was told without words then has some again.
      const isReady = app.standing.is === "ready";
      if (app.loaded || !isReady) untrack(() => void tick());
    });
  });
  const unfollow = followOpen(() => {
    if (!isSilent()) shown.show(nudges);
  });
  return () => {
    stop();
    unfollow();
    clearInterval(clock);
    unlisten();
  };
}

/** All reminders of the groups on this phone, as far ahead as the earliest of them are. */
async function upcoming(today: string): Promise<Nudge[]> {
  const all = app.groups.map(async ({ group }) => {
    const plan = await askShifts(group, "plan", { on: today });
    if (!plan.ok) return [];
    const hours = plan.value.settings.reminders;
    const days = Math.ceil(Math.max(0, ...hours) / 24) + 2;
    const listed = await askShifts(group, "list", { from: plusDays(today, -1), to: plusDays(today, days) });
    return listed.ok ? nudgesOf(group, listed.value, hours) : [];
  });
  return (await Promise.all(all)).flat();
}

/** What the bar says, and what is told outside the app. */
class Shown {
  /** Until when what came due was told without words, while there could be none. */
  private toldWithoutWords = 0;

  constructor(private readonly choice: NudgeChoice) {}

  tell(nudges: readonly Nudge[]): void {
    const now = Date.now();
    const since = Number(localStorage.getItem(TOLD) ?? now);
    if (isSilent() || disguise.neutral) this.tellWithoutWords(since, now);
    // What nobody could read while the app was locked or hidden is still to be told.
    if (isSilent()) return;
    localStorage.setItem(TOLD, String(now));
    const news = due(nudges, since, now);
    if (news.length > 0) keepOpen(new Map([...openNudges(), ...news.map((nudge) => [keyOf(nudge), nudge.start] as const)]), now);
    this.show(nudges);
    if (!disguise.neutral) for (const nudge of news) void notify(this.choice, { key: keyOf(nudge), text: textOf(nudge), href: hrefOf(nudge) });
  }

  /** All that was told, here or in another tab, and stands. */
  show(nudges: readonly Nudge[]): void {
    const stands = standing(nudges, openNudges(), Date.now());
    this.choice.shown = stands.map((nudge) => ({ key: keyOf(nudge), text: () => textOf(nudge), href: hrefOf(nudge) }));
  }

  private tellWithoutWords(since: number, now: number): void {
    const soon = times().filter(([at, start]) => at > since && at <= now && start > now);
    const neutral = { key: "nudge", text: () => say("nudge.neutral"), href: undefined };
    const isNew = soon.some(([at]) => at > this.toldWithoutWords);
    if (isSilent() && (isNew || soon.length === 0)) this.choice.shown = isNew ? [neutral] : [];
    if (isNew) void notify(this.choice, { ...neutral, text: neutral.text() });
    this.toldWithoutWords = now;
  }
}

/** Whether the app may not say what it is about. */
function isSilent(): boolean {
  return disguise.hidden || app.standing.is !== "ready";
}

function times(): [at: number, start: number][] {
  return JSON.parse(sessionStorage.getItem(TIMES) ?? "[]") as [number, number][];
}

/** By the clock and not in hours from now: it is read some time after it was told. */
function textOf({ title, gap, start }: Nudge): string {
  const about = { when: language.moment(start), title };
  return gap === undefined ? say("nudge.mine", about) : say("nudge.gap", { ...about, lack: lackText(gap) });
}

function hrefOf({ group, shift }: Nudge): string {
  return hashOf({ at: "shift", group, shift });
}

/** Outside the app, where the browser may: phones only show what the service worker shows. */
async function notify(choice: NudgeChoice, told: { key: string; text: string; href: string | undefined }): Promise<void> {
  if (choice.permission !== "granted" || !("serviceWorker" in navigator)) return;
  const worker = await navigator.serviceWorker.getRegistration();
  await worker?.showNotification(disguise.name, { body: told.text, tag: told.key, lang: language.code, data: told.href ?? "#/" });
}
