// Reminds of shifts while the app is open: looks at the clock every minute, and at the shifts when they have changed.
// What is told outside the app while that is locked or hidden says nothing of what it is about.

import { untrack } from "svelte";
import type { News } from "../device/messages";
import { app } from "./app.svelte";
import { askShifts } from "./asking-shifts";
import { disguise } from "./disguise.svelte";
import { lackText } from "./gaps.svelte";
import { language, say } from "./language.svelte";
import type { NudgeChoice, ShownNudge } from "./nudge-choice.svelte";
import { due, hoursLeft, keyOf, nudgesOf, type Nudge } from "./nudges";
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
  const tick = async () => {
    // Until it is known what is coming, nothing counts as told: what fell due while the app was closed is told then.
    if (running || app.standing.is === "opening" || (app.standing.is === "ready" && !app.loaded)) return;
    running = true;
    const today = dayIn(undefined, Date.now());
    if ((isStale || seenFrom !== today) && app.standing.is === "ready") {
      isStale = false;
      seenFrom = today;
      nudges = await upcoming(today);
      sessionStorage.setItem(TIMES, JSON.stringify(nudges.map(({ at, start }) => [at, start])));
    }
    tell(choice, nudges);
    running = false;
  };
  const clock = setInterval(() => void tick(), MINUTE_MS);
  const unlisten = app.listen((news: News) => {
    isStale ||= news.news === "joined" || news.news === "documentChanged";
  });
  const stop = $effect.root(() => {
    $effect(() => {
      if (app.loaded || app.standing.is !== "ready") untrack(() => void tick());
    });
  });
  return () => {
    stop();
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

function tell(choice: NudgeChoice, nudges: readonly Nudge[]): void {
  const now = Date.now();
  const since = Number(localStorage.getItem(TOLD) ?? now);
  localStorage.setItem(TOLD, String(now));
  const isSilent = disguise.hidden || app.standing.is !== "ready";
  if ((isSilent || disguise.neutral) && times().some(([at, start]) => at > since && at <= now && start > now)) {
    const neutral = { key: "nudge", text: () => say("nudge.neutral"), href: undefined };
    if (isSilent) choice.shown = [neutral];
    void notify(choice, neutral);
  }
  if (isSilent) return;
  const news = due(nudges, since, now).map((nudge) => ({ key: keyOf(nudge), text: () => textOf(nudge, now), href: hashOf({ at: "shift", group: nudge.group, shift: nudge.shift }) }));
  if (news.length === 0) return;
  const keys = new Set(news.map(({ key }) => key));
  choice.shown = [...news, ...choice.shown.filter(({ key }) => !keys.has(key))];
  if (!disguise.neutral) for (const nudge of news) void notify(choice, nudge);
}

function times(): [at: number, start: number][] {
  return JSON.parse(sessionStorage.getItem(TIMES) ?? "[]") as [number, number][];
}

function textOf(nudge: Nudge, now: number): string {
  const { title, gap } = nudge;
  const about = { count: hoursLeft(nudge, now), title };
  return gap === undefined ? say("nudge.mine", about) : say("nudge.gap", { ...about, lack: lackText(gap) });
}

/** Outside the app, where the browser may: phones only show what the service worker shows. */
async function notify(choice: NudgeChoice, { key, text, href }: ShownNudge): Promise<void> {
  if (choice.permission !== "granted" || !("serviceWorker" in navigator)) return;
  const worker = await navigator.serviceWorker.getRegistration();
  await worker?.showNotification(disguise.name, { body: text(), tag: key, lang: language.code, data: href ?? "#/" });
}
