// A long list is drawn from its top: first what a screen shows, and then the rest, some after each frame, so that a tap is
// answered at once on a slow phone too.

export class Gradual {
  /** So many are drawn. */
  room = $state(0);

  constructor(
    first: number,
    private readonly step: number,
  ) {
    this.room = first;
  }

  /** Draws more as long as there is more, never in a frame that a tap waits for; to be an effect. */
  grow(count: number): (() => void) | undefined {
    if (this.room >= count) return undefined;
    // In the second one, the first is on the screen.
    let frame = requestAnimationFrame(() => (frame = requestAnimationFrame(() => (timer = setTimeout(() => (this.room += this.step))))));
    let timer: ReturnType<typeof setTimeout> | undefined;
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }
}

/** The first so many lines of what stands under headings, and no heading without a line. */
export function firstLines<Group extends { lines: readonly unknown[] }>(groups: readonly Group[], count: number): Group[] {
  let left = count;
  return groups.flatMap((group) => {
    const lines = group.lines.slice(0, Math.max(0, left));
    left -= group.lines.length;
    return lines.length === 0 ? [] : [{ ...group, lines }];
  });
}
