// The app as a whole: how the device stands, which groups this phone is in, and whether its data is still there.

import { Client, type Result } from "../device/client";
import type { Standing } from "../device/envelope";
import { askToPersist, clearMarker, isBeside, readMarker, writeMarker, type Marker } from "../device/marker";
import type { GroupStatus, News, Operation, Operations } from "../device/messages";
import { release } from "./release.svelte";

export class App {
  standing = $state.raw<Standing>({ is: "opening" });
  /** The version of the app in the tab that runs the device. */
  heldBy = $state("");
  groups = $state.raw<GroupStatus[]>([]);
  loaded = $state(false);
  /** Nothing was ever here, as far as the mark beside the data says: a first visit is greeted before the core is here. */
  readonly isNew = readMarker() === undefined;
  /** Whether all of the core is on this phone: what a first visit does not need can be asked without waiting. */
  isWhole = $state(false);
  /** There is no room on this phone: nothing new is kept, sent or fetched. */
  isFull = $state(false);
  /** What was here before the browser threw it away. */
  lost = $state.raw<Marker | undefined>(undefined);
  /** The last join that was refused for good, and why; of one before the app was opened, only why. */
  refusedJoin = $state.raw<{ group: string; reason: string } | undefined>(keptRefusal());
  /** The group that was joined last: it is shown, though the device may not have told of it yet. */
  joined = $state<string | undefined>(undefined);
  /** Whether its server has let this phone in. */
  isLetIn = $state(false);
  /** Counts how often a device became ready for this tab: what an earlier one told may be old. */
  turn = 0;
  /** The turn in which the data was opened last. */
  private opened = 0;
  private client: Client | undefined;
  private readonly unanswered = new Set<Promise<unknown>>();
  private readonly keepers = new Set<() => Promise<void>>();
  private readonly listeners = new Set<(news: News) => void>();

  start(): void {
    this.client = new Client(release.id, {
      standing: (standing, by, turn) => {
        this.opened = turn;
        this.stand(standing, by);
      },
      news: (news) => this.hear(news),
      keep: () => this.keep(),
      whole: () => {
        this.isWhole = true;
        release.keepRest();
      },
      full: (isFull) => {
        this.isFull = isFull;
        void this.refresh();
      },
    });
  }

  /** Has the device look whether there is room again. */
  tryAgain(): void {
    this.client?.wake();
  }

  /** Another tab runs the device with another version of the app. */
  readonly isHeldByOther = $derived.by(
    () => this.standing.is === "ready" && this.heldBy !== "" && this.heldBy !== release.id,
  );

  ask<K extends Operation>(
    operation: K,
    details: Operations[K]["ask"],
    bytes?: Uint8Array<ArrayBuffer>,
  ): Promise<Result<Operations[K]["get"]>> {
    if (this.client === undefined) throw new Error("asked before the app started");
    const answer = this.client.ask(operation, details, bytes);
    this.unanswered.add(answer);
    void answer.then(() => this.unanswered.delete(answer));
    return answer;
  }

  /** Resolves once nothing is asked that has no answer yet: what nobody waits for can be done. */
  async untilAnswered(): Promise<void> {
    while (this.unanswered.size > 0) await Promise.all(this.unanswered);
  }

  /** Tells `listener` all news until the function that is returned is called. */
  listen(listener: (news: News) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls `load` now and whenever one of these documents of a group changes, until the function that is returned is called. */
  keepFresh(group: string, documents: readonly string[], load: () => Promise<void>): () => void {
    const touches = isAbout(...documents);
    void load();
    return this.listen((news) => {
      if (news.group === group && touches(news)) void load();
    });
  }

  group(id: string): GroupStatus | undefined {
    return this.groups.find((status) => status.group === id);
  }

  /** Whether this group was joined, and the device is busy with what is to be told of it. */
  isComing(id: string): boolean {
    return this.joined === id && this.refusedJoin?.group !== id && this.group(id) === undefined;
  }

  takeOver(): void {
    this.client?.takeOver();
  }

  /** The person read that the data is gone and starts afresh. */
  acknowledgeLoss(): void {
    clearMarker();
    this.lost = undefined;
  }

  /** Whoever tries another way in need not be told any more how the last one ended. */
  forgetRefusal(): void {
    localStorage.removeItem(REFUSED);
    this.refusedJoin = undefined;
  }

  async refresh(): Promise<void> {
    const groups = await this.ask("groups", {});
    if (!groups.ok) return;
    this.groups = groups.value;
    this.mark();
    this.loaded = true;
  }

  /** Locks the app now; what was being typed is kept first. */
  async lock(): Promise<void> {
    await Promise.all([this.keep(), this.client?.keepInOthers()]);
    await this.ask("lock", {});
  }

  /** Keeps what is typed in this tab, and where in a group one is. */
  private async keep(): Promise<void> {
    for (const keep of this.keepers) await keep();
    if (!location.hash.startsWith("#/group/")) return;
    const tab = sessionStorage.getItem(TAB) ?? crypto.randomUUID();
    sessionStorage.setItem(TAB, tab);
    await this.ask("keepDraft", { name: `place/${tab}`, text: location.hash });
  }

  /** Back to where this tab was when the app was locked, unless a link was opened meanwhile. */
  private async comeBack(): Promise<void> {
    const name = `place/${sessionStorage.getItem(TAB)}`;
    const place = await this.ask("draft", { name });
    if (!place.ok || place.value === null) return;
    void this.ask("keepDraft", { name, text: null });
    if (location.hash.length > 2) return;
    history.replaceState(null, "", place.value);
    dispatchEvent(new Event("hashchange"));
  }

  /** Calls `keep` before the app is locked by hand, until the function that is returned is called. */
  beforeLock(keep: () => Promise<void>): () => void {
    this.keepers.add(keep);
    return () => this.keepers.delete(keep);
  }

  private stand(standing: Standing, by: string): void {
    const before = this.standing.is;
    this.standing = standing;
    this.heldBy = by;
    // Another tab's device finds out for itself.
    if (standing.is === "opening") this.isFull = false;
    if (standing.is === "ready") {
      this.turn++;
      if (before === "locked") void this.comeBack().then(() => this.refresh());
      else void this.refresh();
    }
    // A page that starts afresh holds nothing in memory, and nothing in its address.
    if (standing.is === "locked" && before === "ready") startAfresh();
    if (standing.is === "wiped") void forgetBeside().then(startAfresh);
  }

  private hear(news: News): void {
    if (news.news === "joined" && news.group === this.joined) this.isLetIn = true;
    if (news.news === "joinFailed") {
      this.refusedJoin = { group: news.group, reason: news.reason };
      localStorage.setItem(REFUSED, news.reason);
    }
    if (news.news !== "membersChanged") void this.refresh();
    for (const listener of this.listeners) listener(news);
  }

  /** Keeps a note, apart from the data, of what is here; and finds out from it that nothing is here any more. */
  private mark(): void {
    if (this.groups.length === 0) {
      const marker = readMarker();
      if (marker === undefined || this.lost !== undefined) return;
      // Whoever was not let in had a group, on its way, and has none now: nothing was thrown away.
      if (isBeside(marker, this.opened)) return clearMarker();
      const { turn: _, ...lost } = marker;
      this.lost = lost;
      return writeMarker(lost);
    }
    const first = readMarker() === undefined;
    const sent = this.groups.flatMap(({ lastSent }) => (lastSent === null ? [] : [lastSent]));
    writeMarker({
      groups: this.groups.length,
      unsent: this.groups.reduce((sum, { waiting }) => sum + waiting, 0),
      lastSent: sent.length === 0 ? null : Math.max(...sent),
      turn: this.opened,
    });
    this.lost = undefined;
    // From now on there is something to lose: the right moment to ask.
    if (first) void askToPersist();
  }
}

/** By which a tab knows itself again once it starts afresh: says nothing to anybody else. */
const TAB = "porchlight-tab";

/** Why the last join was refused, until another way in is tried. */
const REFUSED = "porchlight-refused";

function keptRefusal(): { group: string; reason: string } | undefined {
  const reason = localStorage.getItem(REFUSED);
  return reason === null ? undefined : { group: "", reason };
}

export const app = new App();

/** Whether news are of a change of one of these documents; a name that ends in a stroke stands for all that begin so. */
export function isAbout(...documents: string[]): (news: News) => boolean {
  const isOne = (changed: string) => documents.some((name) => (name.endsWith("/") ? changed.startsWith(name) : changed === name));
  return (news) => news.news === "documentChanged" && isOne(news.document);
}

function startAfresh(): void {
  history.replaceState(null, "", "#/");
  location.reload();
}

/** What lies outside the database: the mark, the language, the shell of the app. */
async function forgetBeside(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  if ("serviceWorker" in navigator) {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  }
  if ("caches" in globalThis) for (const name of await caches.keys()) await caches.delete(name);
}
