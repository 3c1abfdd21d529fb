// Asks the device about shifts; where it lacks the rules of a time zone, fetches them and asks again.

import type { Result } from "../device/client";
import type { ShiftAsks } from "../device/shifts";
import { app } from "./app.svelte";
import { fetchZone } from "./zones";

export async function askShifts<K extends keyof ShiftAsks>(
  group: string,
  what: K,
  details: ShiftAsks[K]["ask"],
  file?: Uint8Array<ArrayBuffer>,
): Promise<Result<ShiftAsks[K]["get"]>> {
  const ask = () => app.ask("shifts", { group, ask: { [what]: details } }, file) as Promise<Result<ShiftAsks[K]["get"]>>;
  const answer = await ask();
  if (answer.ok || answer.fault.code !== "zone_missing") return answer;
  return (await fetchZone(answer.fault.detail)) ? ask() : answer;
}
