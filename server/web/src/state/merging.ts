// Brings two changes of one text together: what others wrote, and what is being typed at this moment.

/** From `start` to `end` something else now stands: `text`. Places count as the browser's strings do. */
export interface Hunk {
  start: number;
  end: number;
  text: string;
}

/** From and to in the first, from and to in the second. */
type Gap = [number, number, number, number];

/** More lines to pair than this would be felt. */
const MOST_PAIRED = 10_000;

/** More comparisons than this would be felt; what differs is then one piece. */
const MOST_COMPARED = 1_000_000;

/** Where two texts differ, in order: line by line, and of lines that differ only the letters that do. */
export function hunks(before: string, after: string): Hunk[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const gaps = gapsOf(old.slice(start, old.length - end), now.slice(start, now.length - end));
  const [oldPlaces, newPlaces] = [placesOf(old), placesOf(now)];
  const at = (places: number[], line: number) => places[line + start] ?? 0;
  return gaps.flatMap(([oldFrom, oldTo, newFrom, newTo]) => {
    const [gone, come] = [old.slice(start + oldFrom, start + oldTo), now.slice(start + newFrom, start + newTo)];
    return paired(gone, come).flatMap(([goneFrom, goneTo, comeFrom, comeTo]) => {
      const [from, to] = [at(oldPlaces, oldFrom + goneFrom), at(oldPlaces, oldFrom + goneTo)];
      const text = after.slice(at(newPlaces, newFrom + comeFrom), at(newPlaces, newFrom + comeTo));
      return trimmed(before, { start: from, end: to, text });
    });
  });
}

/** Where a place in the old text is in the new one. Whole lines that were put exactly there come before it, words after. */
export function moved(place: number, all: readonly Hunk[]): number {
  let by = 0;
  for (const { start, end, text } of all) {
    const isBefore = start < place || (start === place && end === place && text.endsWith("\n"));
    if (!isBefore) break;
    if (end > place) return start + by + Math.min(place - start, text.length);
    by += text.length - (end - start);
  }
  return place + by;
}

/** `theirs` with all that was changed from `before` to `mine`; what others put into what is gone stays. */
export function rebased(before: string, mine: string, theirs: string): string {
  if (before === theirs || mine === theirs) return mine;
  const others = hunks(before, theirs);
  let text = theirs;
  for (const own of hunks(before, mine).reverse()) {
    const start = moved(own.start, others);
    for (const [from, to] of stillThere(own, others).reverse()) text = text.slice(0, from) + text.slice(to);
    text = text.slice(0, start) + own.text + text.slice(start);
  }
  return text;
}

/** Where in the others' text the letters are that a hunk takes away, without those that are gone already. */
function stillThere({ start, end }: Hunk, others: readonly Hunk[]): [number, number][] {
  const pieces: [number, number][] = [];
  let [from, by] = [start, 0];
  for (const other of others) {
    if (other.start >= end) break;
    if (other.start > from) pieces.push([from + by, other.start + by]);
    from = Math.max(from, other.end);
    by += other.text.length - (other.end - other.start);
  }
  if (from < end) pieces.push([from + by, end + by]);
  return pieces;
}

/** Each line with its end. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function placesOf(lines: string[]): number[] {
  const places = [0];
  for (const line of lines) places.push((places.at(-1) ?? 0) + line.length);
  return places;
}

/** What lies between the lines of a longest common subsequence. */
function gapsOf(old: string[], now: string[]): Gap[] {
  if (old.length === 0 && now.length === 0) return [];
  if (old.length * now.length > MOST_COMPARED) return [[0, old.length, 0, now.length]];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  const common = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] = old[i] === now[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1));
    }
  }
  const gaps: Gap[] = [];
  let [i, j, fromI, fromJ] = [0, 0, 0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      if (fromI < i || fromJ < j) gaps.push([fromI, i, fromJ, j]);
      [fromI, fromJ] = [++i, ++j];
    } else if (common(i + 1, j) >= common(i, j + 1)) i++;
    else j++;
  }
  if (fromI < old.length || fromJ < now.length) gaps.push([fromI, old.length, fromJ, now.length]);
  return gaps;
}

/** Lines that only changed stand with what they became, and apart from those that went or came beside them. */
function paired(gone: string[], come: string[]): Gap[] {
  const whole: Gap = [0, gone.length, 0, come.length];
  if (gone.length === 0 || come.length === 0 || gone.length * come.length > MOST_PAIRED) return [whole];
  const width = come.length + 1;
  const best = new Uint32Array((gone.length + 1) * width);
  const score = (i: number, j: number) => best[i * width + j] ?? 0;
  for (let i = gone.length - 1; i >= 0; i--) {
    for (let j = come.length - 1; j >= 0; j--) {
      const together = score(i + 1, j + 1) + alike(gone[i] ?? "", come[j] ?? "");
      best[i * width + j] = Math.max(together, score(i + 1, j), score(i, j + 1));
    }
  }
  const gaps: Gap[] = [];
  let [i, j, fromI, fromJ] = [0, 0, 0, 0];
  while (i < gone.length && j < come.length) {
    const together = alike(gone[i] ?? "", come[j] ?? "");
    if (together > 0 && score(i, j) === score(i + 1, j + 1) + together) {
      if (fromI < i || fromJ < j) gaps.push([fromI, i, fromJ, j]);
      gaps.push([i, i + 1, j, j + 1]);
      [fromI, fromJ] = [++i, ++j];
    } else if (score(i, j) === score(i + 1, j)) i++;
    else j++;
  }
  if (fromI < gone.length || fromJ < come.length) gaps.push([fromI, gone.length, fromJ, come.length]);
  return gaps;
}

/** How many letters two lines share at their ends; none if that is little. */
function alike(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < most - head && one.at(-1 - tail) === other.at(-1 - tail)) tail++;
  return 3 * (head + tail) < Math.max(one.length, other.length) ? 0 : head + tail;
}

/** Without the letters at both ends that are the same; never a half of a sign that takes two places. */
function trimmed(before: string, { start, end, text }: Hunk): Hunk[] {
  const gone = before.slice(start, end);
  const most = Math.min(gone.length, text.length);
  let head = 0;
  while (head < most && gone[head] === text[head]) head++;
  if (isHalf(gone, head) || isHalf(text, head)) head--;
  let tail = 0;
  while (tail < most - head && gone.at(-1 - tail) === text.at(-1 - tail)) tail++;
  if (isHalf(gone, gone.length - tail) || isHalf(text, text.length - tail)) tail--;
  if (head + tail === gone.length && gone.length === text.length) return [];
  const rest = { start: start + head, end: end - tail, text: text.slice(head, text.length - tail) };
  return rest.start === rest.end || rest.text === "" ? [rest] : lettered(before, rest);
}

/** Letter by letter: what was put in at two places does not take away what stands between them. */
function lettered(before: string, { start, end, text }: Hunk): Hunk[] {
  const [old, now] = [Array.from(before.slice(start, end)), Array.from(text)];
  const [oldPlaces, newPlaces] = [placesOf(old), placesOf(now)];
  return gapsOf(old, now).map(([oldFrom, oldTo, newFrom, newTo]) => ({
    start: start + (oldPlaces[oldFrom] ?? 0),
    end: start + (oldPlaces[oldTo] ?? 0),
    text: text.slice(newPlaces[newFrom], newPlaces[newTo]),
  }));
}

/** Whether a place lies within a sign. */
function isHalf(text: string, place: number): boolean {
  return /[\ud800-\udbff]$/.test(text.slice(0, place)) && /^[\udc00-\udfff]/.test(text.slice(place));
}
