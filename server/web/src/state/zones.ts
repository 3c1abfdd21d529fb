// The rules of time zones that the group's hours are told in: fetched from this server once, kept by the device.

import { app } from "./app.svelte";

/** False if they cannot be had at the moment. */
export async function fetchZone(name: string): Promise<boolean> {
  try {
    const answer = await fetch(`/zones/${name}`, { credentials: "omit" });
    if (!answer.ok) return false;
    return (await app.ask("addZone", { name }, new Uint8Array(await answer.arrayBuffer()))).ok;
  } catch {
    return false;
  }
}
