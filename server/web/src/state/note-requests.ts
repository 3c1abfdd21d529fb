// Asks the device about notes and decisions.

import type { DecisionRequests } from "../device/decision-messages";
import type { NoteRequests } from "../device/note-messages";
import { asker } from "./asking";

export const askNotes = asker<NoteRequests>("notes");
export const askDecisions = asker<DecisionRequests>("decisions");
