// The rules of time zones that the group's hours are told in: fetched from this server once, kept by the device.

import { fetchTimely } from "../device/timely";
import { app } from "./app.svelte";

/** False if they cannot be had at the moment. */
export async function fetchZone(name: string): Promise<boolean> {
  try {
    const rules = async (answer: Response) => (answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined);
    const read = await fetchTimely(`/zones/${name}`, {}, rules);
    return read !== undefined && (await app.ask("addZone", { name }, read)).ok;
  } catch {
    return false;
  }
}
