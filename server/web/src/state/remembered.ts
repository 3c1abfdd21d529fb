// What was listed last in this run of the app: a screen that is opened again shows it at once, and a moment later whatever
// has changed. It is gone when the app is locked, which starts it anew.

const last = new Map<string, unknown>();

/** One list of one group: what it said last, if it was shown in this run. */
export class Remembered<T> {
  constructor(
    private readonly list: string,
    private readonly group: string,
  ) {}

  get(): T | undefined {
    // Only what `keep` put there, under the name of this list.
    return last.get(`${this.list}/${this.group}`) as T | undefined;
  }

  keep(value: T): void {
    last.set(`${this.list}/${this.group}`, value);
  }
}
