// Takes one group off this phone, and with it what was typed there and never saved.

import { clearMarker } from "../device/marker";
import type { Fault } from "../device/messages";
import type { RosterAsks } from "../device/roster";
import { app } from "./app.svelte";
import { asker } from "./asking";

const ask = asker<RosterAsks>("roster");

/** Why it was not done; nothing if it was. */
export async function takeOff(group: string): Promise<Fault | undefined> {
  // Whoever takes the last one off has lost nothing: the mark beside the data must not say so. With another one it is
  // made again at once.
  clearMarker();
  const answer = await ask(group, "takeOff", {});
  await app.refresh();
  return answer.ok ? undefined : answer.fault;
}
