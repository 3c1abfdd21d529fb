// Keeps the app's shell on the phone, and nothing else but how many bytes it loaded: a release is used only when every file of
// it is here and whole.
//
// The first visit keeps what the first visit needs. More follows when the page says that there is time for it; and a
// later release is only used with all its parts, because what worked offline before must work offline afterwards.

import { tellLoaded } from "./device/loaded-beside";

interface ReleaseFile {
  path: string;
  integrity: string;
  /** `first`: nothing works without it. `later`: a screen that not everybody opens. `rest`: of the core. Else a language. */
  part: string;
}

/** Written in by the build: the files of this release with their hashes. */
declare const RELEASE: { id: string; files: ReleaseFile[] };

type Told = "use-now" | "keep-later" | "keep-rest" | { keepLanguage: string };

const release = RELEASE;
const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = "shell/";
/** Browsers open six connections to a server. What comes unasked leaves half of them to what somebody waits for. */
const UNASKED = 3;
const CACHE = PREFIX + release.id;
const FILES = new Map(release.files.map((file) => [file.path, file]));
const isLanguage = ({ part }: ReleaseFile) => !["first", "later", "rest"].includes(part);

tellLoaded();

worker.addEventListener("install", (event) => event.waitUntil(download()));

worker.addEventListener("activate", (event) => event.waitUntil(forgetOldReleases().then(() => worker.clients.claim())));

worker.addEventListener("message", (event) => {
  const told = event.data as Told;
  // Only ever sent because a person tapped "use it now".
  if (told === "use-now") event.waitUntil(worker.skipWaiting());
  else if (told === "keep-later") event.waitUntil(keepInTime(({ part }) => part === "later"));
  else if (told === "keep-rest") event.waitUntil(keepInTime(({ part }) => part === "rest"));
  else event.waitUntil(keepInTime(({ part }) => part === told.keepLanguage));
});

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== worker.location.origin) return;
  const file = FILES.get(address.pathname);
  if (file !== undefined) event.respondWith(fromThisRelease(event.request, file));
  else if (address.pathname.startsWith("/assets/")) event.respondWith(fromAnyRelease(event.request));
});

worker.addEventListener("notificationclick", (event) => event.waitUntil(follow(event.notification)));

/** Leads to what a reminder is about, in the app that is open or in a new window. */
async function follow(notification: Notification): Promise<void> {
  notification.close();
  const address = new URL(String(notification.data), worker.location.origin).href;
  const [open] = await worker.clients.matchAll({ type: "window" });
  if (open === undefined) await worker.clients.openWindow(address);
  else await (await open.focus()).navigate(address);
}

/** Fails as a whole when one file is missing or not what it should be; the release before then stays in use. */
async function download(): Promise<void> {
  const before = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const spoken = await languagesIn(before);
  const needed = ({ part }: ReleaseFile) => part === "first" || (part === "later" || part === "rest" ? before.length > 0 : spoken.has(part));
  try {
    await keepAll(needed);
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

async function keepAll(wanted: (file: ReleaseFile) => boolean): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(release.files.filter(wanted).map((file) => keep(cache, file)));
}

/**
 * Behind whatever a screen asks for: on a slow line somebody taps long before all of it is here. The page says it at every
 * start, when mostly all is kept already; to write it anew costs a phone more than the start itself.
 */
async function keepInTime(wanted: (file: ReleaseFile) => boolean): Promise<void> {
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  const files = release.files.filter((file) => wanted(file) && !kept.has(file.path)).values();
  const carry = async () => {
    for (const file of files) await keep(cache, file, "low");
  };
  await Promise.all(Array.from({ length: UNASKED }, carry));
}

async function keep(cache: Cache, { path, integrity }: ReleaseFile, priority: RequestPriority = "auto"): Promise<Response> {
  const named = path.startsWith("/assets/");
  // The name holds a hash of the content: a copy from the release before, checked then, saves the download.
  const known = named ? await caches.match(path) : undefined;
  const file = known ?? (await fetch(path, { integrity, cache: named ? "default" : "no-cache", credentials: "omit", priority }));
  if (!file.ok) throw new Error(`${path}: ${file.status}`);
  await cache.put(path, file.clone());
  return file;
}

/** The languages that were spoken on this phone so far: those of the releases before. */
async function languagesIn(names: string[]): Promise<Set<string>> {
  const paths = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)));
  const languages = release.files.filter(isLanguage).map(({ part }) => part);
  return new Set(languages.filter((code) => paths.flat().some((path) => path.startsWith(`/assets/${code}-`))));
}

/** The release before this one stays: a tab that still runs it may ask for its files. */
async function forgetOldReleases(): Promise<void> {
  const kept = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(kept.slice(0, -1).map((name) => caches.delete(name)));
}

async function fromThisRelease(request: Request, file: ReleaseFile): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(file.path);
  if (kept !== undefined) return kept;
  return file.part === "first" ? fetch(request) : keep(cache, file);
}

async function fromAnyRelease(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
