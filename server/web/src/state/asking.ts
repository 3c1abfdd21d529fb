// Asks the device one of several requests that go by one name, about a group; a file may come along.

import type { Result } from "../device/client";
import { app } from "./app.svelte";

type Requests<R> = Record<keyof R, { ask: unknown; get: unknown }>;

/** How requests under this name are asked. */
export function asker<R extends Requests<R>>(name: "notes" | "decisions" | "people" | "roster" | "archive") {
  return async <K extends keyof R>(group: string, what: K, details: R[K]["ask"], bytes?: Uint8Array<ArrayBuffer>): Promise<Result<R[K]["get"]>> =>
    // What is got is what `R` says of what is asked.
    (await app.ask(name, { group, ask: { [what]: details } as never }, bytes)) as Result<R[K]["get"]>;
}
