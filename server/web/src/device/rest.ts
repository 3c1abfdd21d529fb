// The rest of the core: code that the first visit does without, added to the running core when there is time or need.
//
// The build takes the core apart; see "The core in two parts" in ../../README.md.

import restUrl from "../../pkg/rest_bg.wasm?url";

/** How long it waits before it tries again, if the network does not come back before. */
const AGAIN_MS = 5_000;

/** What the first part exports, for the rest to import. A core in one piece has no `restLoaded`. */
export type First = WebAssembly.Exports & { restLoaded?: WebAssembly.Global };

/** The rest was needed at once, and cannot be had. Whatever the core was doing was cut short: that core is of no use. */
export class RestMissing extends Error {
  override readonly name = "RestMissing";
}

/** Longer than a phone on the worst network needs for it. */
const LONGEST_MS = 180_000;

let first: First | undefined;
let announceWait = () => {};
let adding: Promise<void> | undefined;

/**
 * The first part runs from now on, and the rest can be added to it. `announce` is called before the worker stands still
 * because the rest is needed at once.
 */
export function beginWith(exports: WebAssembly.Exports, announce: () => void = () => {}): void {
  first = exports;
  announceWait = announce;
}

/** Whether nothing is missing. */
export function isWhole(): boolean {
  return first !== undefined && first.restLoaded?.value !== 0;
}

/** Adds the rest to the core; from then on nothing that it does can miss anything. */
export function add(module: WebAssembly.Module): void {
  if (first?.restLoaded === undefined || isWhole()) return;
  new WebAssembly.Instance(module, { first });
  first.restLoaded.value = 1;
}

/** Fetches and adds the rest. Fails where there is no network and no copy on this phone. */
export async function fetchRest(): Promise<void> {
  if (isWhole()) return;
  adding ??= compile(fetch(restUrl)).then(add);
  try {
    await adding;
  } finally {
    adding = undefined;
  }
}

/** Fetches and adds the rest, however long that takes. */
export async function fetchRestAtLast(): Promise<void> {
  for (;;) {
    try {
      return await fetchRest();
    } catch {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, AGAIN_MS);
        self.addEventListener("online", () => resolve(), { once: true });
      });
    }
  }
}

/** The rest as the service worker keeps it; nothing if it does not, or if the copy is no good. */
export async function keptRest(): Promise<WebAssembly.Module | undefined> {
  try {
    const kept = await caches.match(restUrl);
    return kept && (await compile(kept));
  } catch {
    return undefined;
  }
}

/** Called by the core in the middle of what it does: it cannot wait, and so the whole worker does. */
export function loadRest(): void {
  announceWait();
  const request = new XMLHttpRequest();
  request.open("GET", restUrl, false);
  request.responseType = "arraybuffer";
  request.timeout = LONGEST_MS;
  try {
    request.send();
    if (request.status !== 200) throw new Error(`the server answered ${request.status}`);
    add(new WebAssembly.Module(request.response as ArrayBuffer));
  } catch (problem) {
    throw new RestMissing(problem instanceof Error ? problem.message : String(problem), { cause: problem });
  }
}

async function compile(source: Response | Promise<Response>): Promise<WebAssembly.Module> {
  const response = await source;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  // Compiling while it arrives wants the right type, which some hosts do not send.
  const isTyped = response.headers.get("content-type") === "application/wasm";
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
