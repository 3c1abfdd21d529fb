// Asks the device one of several requests that go by one name, about a group; a file may come along, and the version that
// a form was opened with: what is written is written onto that, so that nothing of what others wrote since is lost.

import type { Result } from "../device/client";
import { app } from "./app.svelte";

type Requests<R> = Record<keyof R, { ask: unknown; get: unknown }>;

/** What may come along with a request. */
export interface Along {
  bytes?: Uint8Array<ArrayBuffer> | undefined;
  /** The version of the document that the person who writes had before them. */
  shown?: string | undefined;
}

/** How requests under this name are asked. */
export function asker<R extends Requests<R>>(name: "notes" | "decisions" | "people" | "roster" | "archive" | "about") {
  return async <K extends keyof R>(group: string, what: K, details: R[K]["ask"], along: Along = {}): Promise<Result<R[K]["get"]>> =>
    // What is got is what `R` says of what is asked.
    (await app.ask(name, { group, ask: { [what]: details } as never, shown: along.shown }, along.bytes)) as Result<R[K]["get"]>;
}
