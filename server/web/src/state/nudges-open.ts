// What this phone was reminded of and nobody closed yet, for all its tabs and the next start; without words, as whoever
// finds it behind the app's lock must not read what it is about.

const OPEN = "porchlight-nudges-open";

/** When each of them begins, by its key. */
export type OpenNudges = ReadonlyMap<string, number>;

export function openNudges(): OpenNudges {
  return new Map(JSON.parse(localStorage.getItem(OPEN) ?? "[]") as [key: string, start: number][]);
}

/** Keeps what has not begun. */
export function keepOpen(open: OpenNudges, now: number): void {
  const text = JSON.stringify([...open].filter(([, start]) => start > now));
  // Other tabs are only told of what is new.
  if (text !== localStorage.getItem(OPEN)) localStorage.setItem(OPEN, text);
}

/** Calls `look` when another tab was reminded, or one was closed there, until the function that is returned is called. */
export function followOpen(look: () => void): () => void {
  const listen = ({ key }: StorageEvent) => {
    if (key === OPEN) look();
  };
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}
