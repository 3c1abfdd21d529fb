// The codes of another phone, as a camera sees them: in any order and again and again, until those of one set are there.

/** A code says to which set it belongs, its number, and how many there are. */
const CODE = /^PORCH\/([0-9A-F]+)\/(\d+)\/(\d+)\/[A-Z2-7]*$/;

export interface Seen {
  /** How many of its set are there, of how many. */
  number: number;
  count: number;
  /** All of them in their order, once none is missing. */
  whole: readonly string[] | undefined;
}

export class Collected {
  private readonly sets = new Map<string, Map<number, string>>();

  /** Takes what a code says; nothing if it is none of ours. A code of another set takes nothing from the first. */
  add(text: string): Seen | undefined {
    const [code, check = "", at, of] = CODE.exec(text.trim()) ?? [];
    const [number, count] = [Number(at), Number(of)];
    if (code === undefined || number < 1 || number > count) return undefined;
    const name = `${check}/${count}`;
    const set = this.sets.get(name) ?? new Map<number, string>();
    this.sets.set(name, set.set(number, code));
    const whole = set.size < count ? undefined : [...set].sort(([one], [other]) => one - other).map(([, code]) => code);
    if (whole !== undefined) this.sets.delete(name);
    return { number: set.size, count, whole };
  }
}
