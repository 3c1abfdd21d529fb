// Asks the device about notes and decisions: one of several requests under its name.

import type { Result } from "../device/client";
import type { DecisionRequests } from "../device/decision-messages";
import type { Asked } from "../device/messages";
import type { NoteRequests } from "../device/note-messages";
import { app } from "./app.svelte";

export async function askNotes<K extends keyof NoteRequests>(
  group: string,
  what: K,
  details: NoteRequests[K]["ask"],
): Promise<Result<NoteRequests[K]["get"]>> {
  const ask = { [what]: details } as unknown as Asked<NoteRequests>;
  return (await app.ask("notes", { group, ask })) as Result<NoteRequests[K]["get"]>;
}

export async function askDecisions<K extends keyof DecisionRequests>(
  group: string,
  what: K,
  details: DecisionRequests[K]["ask"],
): Promise<Result<DecisionRequests[K]["get"]>> {
  const ask = { [what]: details } as unknown as Asked<DecisionRequests>;
  return (await app.ask("decisions", { group, ask })) as Result<DecisionRequests[K]["get"]>;
}
