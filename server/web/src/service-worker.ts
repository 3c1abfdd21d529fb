// Keeps the app's shell, and nothing else, on the phone: a release is used only when every file of it is here and whole.

interface Release {
  id: string;
  files: { path: string; integrity: string }[];
}

/** Written in by the build: the files of this release with their hashes. */
declare const RELEASE: Release;

const release: Release = RELEASE;
const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = "shell/";
const CACHE = PREFIX + release.id;
const PATHS: ReadonlySet<string> = new Set(release.files.map(({ path }) => path));

worker.addEventListener("install", (event) => event.waitUntil(download()));

worker.addEventListener("activate", (event) => event.waitUntil(forgetOldReleases().then(() => worker.clients.claim())));

worker.addEventListener("message", (event) => {
  // Only ever sent because a person tapped "use it now".
  if (event.data === "use-now") event.waitUntil(worker.skipWaiting());
});

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== worker.location.origin) return;
  if (PATHS.has(address.pathname)) event.respondWith(fromThisRelease(event.request, address.pathname));
  else if (address.pathname.startsWith("/assets/")) event.respondWith(fromAnyRelease(event.request));
});

/** Fails as a whole when one file is missing or not what it should be; the release before then stays in use. */
async function download(): Promise<void> {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(release.files.map((file) => keep(cache, file)));
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

async function keep(cache: Cache, { path, integrity }: { path: string; integrity: string }): Promise<void> {
  const named = path.startsWith("/assets/");
  // The name holds a hash of the content: a copy from the release before, checked then, saves the download.
  const known = named ? await caches.match(path) : undefined;
  const file = known ?? (await fetch(path, { integrity, cache: named ? "default" : "no-cache", credentials: "omit" }));
  if (!file.ok) throw new Error(`${path}: ${file.status}`);
  await cache.put(path, file);
}

/** The release before this one stays: a tab that still runs it may ask for its files. */
async function forgetOldReleases(): Promise<void> {
  const kept = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(kept.slice(0, -1).map((name) => caches.delete(name)));
}

async function fromThisRelease(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

async function fromAnyRelease(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
