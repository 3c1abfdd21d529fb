// Asks the device about shifts; where it lacks the rules of a time zone, fetches them and asks again.

import type { Result } from "../device/client";
import type { ShiftAsks } from "../device/shifts";
import { app } from "./app.svelte";
import type { Along } from "./asking";
import { fetchZone } from "./zones";

export async function askShifts<K extends keyof ShiftAsks>(
  group: string,
  what: K,
  details: ShiftAsks[K]["ask"],
  along: Along = {},
): Promise<Result<ShiftAsks[K]["get"]>> {
  const ask = () => app.ask("shifts", { group, ask: { [what]: details }, shown: along.shown }, along.bytes) as Promise<Result<ShiftAsks[K]["get"]>>;
  const answer = await ask();
  if (answer.ok || answer.fault.code !== "zone_missing") return answer;
  return (await fetchZone(answer.fault.detail)) ? ask() : answer;
}
