// What is typed into a form: on the phone within a second, even before it is saved, and forgotten once it is.

import { app } from "./app.svelte";

/** How long after a key what was typed is kept. */
const KEEP_AFTER_MS = 600;

/** In so many tabs the same form can be open, each with what was typed there. */
const PLACES = 4;

/** Forms of this tab that are gone, while what was typed into them is kept. */
const leaving = new Set<Promise<void>>();

export class Draft<Typed> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = "";
  /** Where it is kept: no other tab that has the same form open keeps anything there. */
  private place: Place | undefined;
  /** The form is gone. */
  private isLeft = false;

  /** `read`: what is typed now; nothing if that is what was there before. */
  constructor(
    private readonly name: string,
    private readonly read: () => Typed | undefined,
  ) {}

  /** What was typed earlier and never saved, and is not being typed in another tab. */
  async load(): Promise<Typed | undefined> {
    // This tab's own form of before may still be keeping what was typed into it.
    await Promise.all(leaving);
    // One after the other: whoever looks holds all places for a moment.
    const { place, text } = await navigator.locks.request(`draft/${this.name}`, () => findPlace(this.name));
    this.place = place;
    if (this.isLeft) this.leavePlace();
    if (text === null) return undefined;
    this.last = text;
    // Only what `keep` wrote, under the name of this form.
    return JSON.parse(text) as Typed;
  }

  /** Keeps it when the app is locked by hand, put away or left, until the function that is returned is called. */
  follow(): () => void {
    // A phone may end the page without a word once it is out of sight.
    const hide = () => document.visibilityState === "hidden" && void this.keep();
    document.addEventListener("visibilitychange", hide);
    const unfollow = app.beforeLock(() => this.keep());
    this.isLeft = false;
    return () => {
      document.removeEventListener("visibilitychange", hide);
      unfollow();
      this.isLeft = true;
      const left = this.keep().then(() => this.leavePlace());
      leaving.add(left);
      void left.then(() => leaving.delete(left));
    };
  }

  /** Call after each change. Whoever types on and on is not waited for. */
  keepSoon(): void {
    this.timer ??= setTimeout(() => void this.keep(), KEEP_AFTER_MS);
  }

  /** Keeps what is typed now, or forgets what was, if nothing is. */
  async keep(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const typed = this.read();
    const text = typed === undefined ? "" : JSON.stringify(typed);
    if (text === this.last) return;
    this.last = text;
    await app.ask("keepDraft", { name: this.place?.name ?? this.name, text: text === "" ? null : text });
  }

  private leavePlace(): void {
    this.place?.leave();
    this.place = undefined;
  }
}

interface Place {
  name: string;
  /** Lets another tab have it. */
  leave: () => void;
}

/** The first free place in which something was typed, or else the first free one; where all are taken, the last is shared. */
async function findPlace(name: string): Promise<{ place: Place; text: string | null }> {
  const free: { place: Place; text: string | null }[] = [];
  for (let number = 1; number <= PLACES; number++) {
    const place = await take(number === 1 ? name : `${name}/${number}`);
    if (place === undefined) continue;
    const kept = await app.ask("draft", { name: place.name });
    free.push({ place, text: kept.ok ? kept.value : null });
  }
  const found = free.find(({ text }) => text !== null) ?? free[0];
  for (const other of free) if (other !== found) other.place.leave();
  return found ?? { place: { name: `${name}/${PLACES}`, leave: () => undefined }, text: null };
}

/** Nothing if another tab has it; one that is closed or reloaded has nothing any more. */
function take(name: string): Promise<Place | undefined> {
  return new Promise((resolve) => {
    void navigator.locks.request(`draft-in/${name}`, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((leave) => resolve({ name, leave }));
    });
  });
}

/** A form that keeps what is typed into it as a draft, until that is saved or given up. */
export abstract class DraftedForm<Typed> {
  /** Whether there is something to type into. */
  loaded = $state(false);
  /** What is shown was typed earlier and never saved. */
  restored = $state(false);
  protected readonly draft: Draft<Typed>;
  /** Saved or given up. Not a state: while a screen is taken down, states say what they said before the tap. */
  private isOver = false;

  constructor(name: string) {
    this.draft = new Draft(name, () => (this.loaded && !this.isOver ? this.unsaved() : undefined));
  }

  /** Shows it, and keeps what is typed until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return this.draft.follow();
  }

  /** Call after each change. */
  keepSoon(): void {
    this.draft.keepSoon();
  }

  /** Forgets what was typed. */
  async discard(): Promise<void> {
    this.isOver = true;
    this.loaded = false;
    await this.draft.keep();
  }

  /** There is something to type into: the first time, or once more after what was typed was saved or given up. */
  protected open(): void {
    this.isOver = false;
    this.loaded = true;
  }

  protected abstract load(): Promise<void>;

  /** What is typed now; nothing if that is what was there before. */
  protected abstract unsaved(): Typed | undefined;
}

interface KeptFields<Typed> {
  typed: Typed;
  before: Typed;
  shown: string | undefined;
}

/**
 * Fields that are written over what stands there, again and again on one screen: a hand-over, an answer, a reason. They are
 * there (`loaded`) from `begin` to `discard`, and at once where something was typed earlier.
 */
export class DraftedFields<Typed extends object> extends DraftedForm<KeptFields<Typed>> {
  typed = $state() as Typed;
  /** What stood there when the person began. */
  before: Typed;
  /** The version of it that was shown then. */
  shown: string | undefined;

  constructor(name: string, nothing: Typed) {
    super(name);
    this.typed = structuredClone(nothing);
    this.before = structuredClone(nothing);
  }

  /** `typed`: what the fields are to say at first, where that is something else than what stands there. */
  begin(before: Typed, shown: string | undefined, typed = before): void {
    this.show(typed, before);
    this.shown = shown;
    this.restored = false;
    this.open();
  }

  override async discard(): Promise<void> {
    await super.discard();
    this.restored = false;
  }

  protected async load(): Promise<void> {
    const kept = await this.draft.load();
    // Somebody may have begun to type before the answer.
    if (kept === undefined || this.unsaved() !== undefined) return;
    this.show(kept.typed, kept.before);
    this.shown = kept.shown;
    this.restored = true;
    this.open();
  }

  protected unsaved(): KeptFields<Typed> | undefined {
    const { before, shown } = this;
    const typed = $state.snapshot(this.typed) as Typed;
    return JSON.stringify(typed) === JSON.stringify(before) ? undefined : { typed, before, shown };
  }

  private show(typed: Typed, before: Typed): void {
    Object.assign(this.typed, structuredClone(typed));
    this.before = structuredClone(before);
  }
}
