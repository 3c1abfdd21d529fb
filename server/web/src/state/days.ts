// Days without a time, written `2026-11-25`: the same day for everyone.

/** The day that a moment is on by this phone's clock. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${String(date.getFullYear()).padStart(4, "0")}-${month}-${day}`;
}

export function today(): string {
  return dayOf(Date.now());
}

export function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`));
}

/** A moment as the browser's field for times has it, by this phone's clock: `2026-11-25T19:00`. */
export function localTime(time: number): string {
  const date = new Date(time);
  const [hour, minute] = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0"));
  return `${dayOf(time)}T${hour}:${minute}`;
}
