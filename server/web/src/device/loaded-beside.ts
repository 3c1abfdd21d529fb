// What the service worker loaded over the network: no page and no worker sees it, so it leaves word in a cache of its own,
// and whoever keeps the count takes it from there. That holds, too, where nobody counts yet, or the service worker ends.

/** The cache's name. Not one of those with the files of a release. */
const LOADED = "loaded";

/** What is loaded this close together is told with one word: a word for each of 70 files costs more than to load them. */
const GATHER_MS = 250;

/** To be called by the service worker when it starts. */
export function tellLoaded(): void {
  let gathered = 0;
  const tell = () => {
    // Where there is no room for that, the app has other worries.
    leaveWord(gathered).catch(() => undefined);
    gathered = 0;
  };
  new PerformanceObserver((loaded) => {
    const entries = loaded.getEntries() as PerformanceResourceTiming[];
    const bytes = entries.reduce((sum, { transferSize }) => sum + transferSize, 0);
    if (bytes > 0 && gathered === 0) setTimeout(tell, GATHER_MS);
    gathered += bytes;
  }).observe({ type: "resource", buffered: true });
}

async function leaveWord(bytes: number): Promise<void> {
  const cache = await caches.open(LOADED);
  await cache.put(`/loaded/${crypto.randomUUID()}`, new Response(String(bytes)));
}

/** How many bytes those were that were not counted yet. Each is told once. */
export async function loadedBeside(): Promise<number> {
  let bytes = 0;
  try {
    // A private window of some browsers has none.
    if (!(await caches.has(LOADED))) return 0;
    const cache = await caches.open(LOADED);
    for (const request of await cache.keys()) {
      const told = await cache.match(request);
      // Gone before it counts: if the app ends in between a little is missing, and nothing is there twice.
      if (told !== undefined && (await cache.delete(request))) bytes += Number(await told.text());
    }
  } catch {
    // What could not be read is told another time.
  }
  return bytes;
}
