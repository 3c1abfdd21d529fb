// Asks the device about the list of contacts as a whole.

import type { Result } from "../device/client";
import type { Asked } from "../device/messages";
import type { TogetherRequests } from "../device/together-messages";
import { app } from "./app.svelte";

export async function askTogether<K extends keyof TogetherRequests>(
  group: string,
  what: K,
  details: TogetherRequests[K]["ask"],
): Promise<Result<TogetherRequests[K]["get"]>> {
  const ask = { [what]: details } as unknown as Asked<TogetherRequests>;
  return (await app.ask("together", { group, ask })) as Result<TogetherRequests[K]["get"]>;
}
