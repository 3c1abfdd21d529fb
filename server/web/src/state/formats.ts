// How dates, times, lists and names are written. Each way is made once: making one takes a slow phone longer than a line of a
// list, and a list asks for it once a line.

const made = new Map<string, unknown>();

export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // A phone that travels changes its own zone.
  return once(`date ${locale} ${JSON.stringify(options)} ${new Date().getTimezoneOffset()}`, () => new Intl.DateTimeFormat(locale, options));
}

export function listFormat(locale: string): Intl.ListFormat {
  return once(`list ${locale}`, () => new Intl.ListFormat(locale));
}

export function displayNames(locale: string, type: "language" | "region"): Intl.DisplayNames {
  return once(`${type} ${locale}`, () => new Intl.DisplayNames(locale, { type, fallback: "none" }));
}

/**
 * Short facts on one line, those that say nothing left out. Each stands in its own direction, by the marks that Unicode has
 * for that: as an element of its own for each, a long list takes a slow phone twice as long.
 */
export function beside(facts: readonly string[]): string {
  return facts.filter((fact) => fact !== "").map((fact) => `\u2068${fact}\u2069`).join(" · ");
}

/**
 * What was written in the other direction than the sentence around it keeps its own, by the marks that Unicode has for that:
 * else its signs and numbers go to the wrong end.
 */
export function isolated(text: string, dir: "ltr" | "rtl"): string {
  const isOther = dir === "rtl" ? /[\p{Script=Latin}\d]/u : /[\p{Script=Arabic}\p{Script=Hebrew}]/u;
  return isOther.test(text) ? `\u2068${text}\u2069` : text;
}

export const DAY_MS = 86_400_000;

/** So far away, in either direction, a date needs its year: a slip in it would be seen by nobody else. */
export const FAR_MS = 183 * DAY_MS;

/** How a time is written within a sentence: by its weekday only where no other day of that name is nearer. */
export function momentStyle(time: number, now: number): Intl.DateTimeFormatOptions {
  const clock: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  const away = Math.abs(time - now);
  if (new Date(time).toDateString() === new Date(now).toDateString()) return clock;
  if (away < 6 * DAY_MS) return { weekday: "short", ...clock };
  return { ...(away > FAR_MS && { year: "numeric" }), day: "numeric", month: "short", ...clock };
}

function once<T>(key: string, make: () => T): T {
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}
