// Asks the device about the list of contacts as a whole.

import type { Result } from "../device/client";
import type { Asked } from "../device/messages";
import type { PeopleRequests } from "../device/people-messages";
import { app } from "./app.svelte";

export async function askPeople<K extends keyof PeopleRequests>(
  group: string,
  what: K,
  details: PeopleRequests[K]["ask"],
): Promise<Result<PeopleRequests[K]["get"]>> {
  const ask = { [what]: details } as unknown as Asked<PeopleRequests>;
  return (await app.ask("people", { group, ask })) as Result<PeopleRequests[K]["get"]>;
}
