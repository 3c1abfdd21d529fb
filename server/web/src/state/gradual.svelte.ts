// A long list is drawn from its top: first what a screen shows, and right after that the rest, so that a tap is answered at
// once on a slow phone too.

export class Gradual {
  /** So many are drawn. */
  room = $state(0);

  constructor(
    first: number,
    private readonly step: number,
  ) {
    this.room = first;
  }

  /** Draws more as long as there is more; to be an effect. */
  grow(count: number): (() => void) | undefined {
    if (this.room >= count) return undefined;
    const timer = setTimeout(() => (this.room += this.step));
    return () => clearTimeout(timer);
  }
}
