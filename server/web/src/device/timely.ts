// Fetching something small that somebody waits for: given up after a while, where a line stalls and says nothing.

/** Longer than a slow phone network needs for a small answer, and no longer than a person waits. */
export const SMALL_ANSWER_MS = 20_000;

/** What `take` makes of the answer. Fails if all of it is not here in time, as `fetch` does where there is no network. */
export async function fetchTimely<T>(url: string, options: RequestInit, take: (answer: Response) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const impatience = setTimeout(() => abort.abort(), SMALL_ANSWER_MS);
  try {
    return await take(await fetch(url, { ...options, credentials: "omit", signal: abort.signal }));
  } finally {
    clearTimeout(impatience);
  }
}
