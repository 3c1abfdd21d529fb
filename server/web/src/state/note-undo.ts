// Takes back what this person typed into a note, and nothing that others wrote: the browser's own memory of what was typed
// does not know of others, and puts old text back in at wrong places.

import { hunks, rebased } from "./merging";
import type { Typed } from "./note-keys";

interface Step {
  before: string;
  after: string;
  kind: string;
  time: number;
}

/** How long after a key the next one of the same kind is taken back with it. */
const TOGETHER_MS = 1000;

const MOST_STEPS = 200;

/** A step of so many letters ends with the word, and one of so many in any case. */
const LONG_STEP = 20;
const LONGEST_STEP = 40;

export class Undo {
  private done: Step[] = [];
  private undone: Step[] = [];

  /** `kind`: what the browser calls it; what it calls alike, in a row, is one step. `letter`: what was put in, if one was. */
  typed(before: string, after: string, kind: string, time: number, letter: string | null = null): void {
    if (before === after) return;
    this.undone = [];
    const last = this.done.at(-1);
    const goesOn = last !== undefined && kind !== "" && last.kind === kind && last.after === before && time - last.time < TOGETHER_MS;
    if (goesOn && Math.abs(after.length - last.before.length) <= (letter?.trim() === "" ? LONG_STEP : LONGEST_STEP)) {
      last.after = after;
      last.time = time;
      return;
    }
    this.done.push({ before, after, kind, time });
    if (this.done.length > MOST_STEPS) this.done.shift();
  }

  /** The text without the last step; nothing if there is none. */
  back(text: string): Typed | undefined {
    const step = this.done.pop();
    if (step === undefined) return undefined;
    this.undone.push(step);
    return put(text, step.after, step.before);
  }

  /** The text with the step that was taken back last. */
  again(text: string): Typed | undefined {
    const step = this.undone.pop();
    if (step === undefined) return undefined;
    this.done.push({ ...step, kind: "" });
    return put(text, step.before, step.after);
  }
}

function put(text: string, before: string, after: string): Typed {
  const now = rebased(before, after, text);
  const changed = hunks(text, now);
  const last = changed.at(-1);
  const grown = changed.slice(0, -1).reduce((sum, { start, end, text }) => sum + text.length - (end - start), 0);
  return { text: now, caret: last === undefined ? now.length : last.start + grown + last.text.length };
}
