// What is loaded when somebody opens it, by name: screens and parts that are files of their own. What was loaded once is
// drawn at once, since asking the browser for it again takes a slow phone two frames.

import type { Component, ComponentProps } from "svelte";
import { app } from "../state/app.svelte";
import { savesData } from "../state/release.svelte";

const FILES = {
  Carry: () => import("../screens/Carry.svelte"),
  Confirming: () => import("../screens/Confirming.svelte"),
  ContactEdit: () => import("../screens/ContactEdit.svelte"),
  Decision: () => import("../screens/Decision.svelte"),
  DecisionNew: () => import("../screens/DecisionNew.svelte"),
  Decisions: () => import("../screens/Decisions.svelte"),
  Devices: () => import("../screens/Devices.svelte"),
  Duplicates: () => import("../screens/Duplicates.svelte"),
  Export: () => import("../screens/Export.svelte"),
  Gaps: () => import("../screens/Gaps.svelte"),
  GroupDetails: () => import("../screens/GroupDetails.svelte"),
  Import: () => import("../screens/Import.svelte"),
  Keeping: () => import("../screens/Keeping.svelte"),
  Move: () => import("../screens/Move.svelte"),
  Newcomers: () => import("../screens/Newcomers.svelte"),
  Note: () => import("../screens/Note.svelte"),
  Notes: () => import("../screens/Notes.svelte"),
  PhoneTree: () => import("../screens/PhoneTree.svelte"),
  Print: () => import("../screens/Print.svelte"),
  Settings: () => import("../screens/Settings.svelte"),
  Shift: () => import("../screens/Shift.svelte"),
  ShiftDays: () => import("../screens/ShiftDays.svelte"),
  ShiftEdit: () => import("../screens/ShiftEdit.svelte"),
  ShiftTemplates: () => import("../screens/ShiftTemplates.svelte"),
  Shifts: () => import("../screens/Shifts.svelte"),
  Tasks: () => import("../screens/Tasks.svelte"),
  Circles: () => import("../parts/Circles.svelte"),
  ComingLines: () => import("../parts/ComingLines.svelte"),
  FindWords: () => import("../parts/FindWords.svelte"),
  Forget: () => import("../parts/Forget.svelte"),
  Invite: () => import("../parts/Invite.svelte"),
  LossNotice: () => import("../parts/LossNotice.svelte"),
  MemberSheet: () => import("../parts/MemberSheet.svelte"),
  Namesake: () => import("../parts/Namesake.svelte"),
  NewPhones: () => import("../parts/NewPhones.svelte"),
  NowShifts: () => import("../parts/NowShifts.svelte"),
  NudgeBar: () => import("../parts/NudgeBar.svelte"),
  RecoveryWords: () => import("../parts/RecoveryWords.svelte"),
  RestoreWords: () => import("../parts/RestoreWords.svelte"),
  Scan: () => import("../parts/Scan.svelte"),
  TakeOff: () => import("../parts/TakeOff.svelte"),
  TellWords: () => import("../parts/TellWords.svelte"),
};

type Files = typeof FILES;
export type Late = keyof Files;
export type PropsOf<Part extends Late> = ComponentProps<Awaited<ReturnType<Files[Part]>>["default"]>;

/** What people open most, and should not have to wait for the first time either. */
const LIKELY: readonly Late[] = ["NowShifts", "Shifts", "Notes", "Circles", "Invite", "Shift", "Note", "Forget", "ContactEdit", "Decisions", "Decision", "Tasks", "ComingLines", "Namesake", "NewPhones", "TakeOff"];

const loaded = new Map<Late, unknown>();

/** Nothing if it was not loaded yet. */
export function loadedPart<Part extends Late>(part: Part): Component<PropsOf<Part>> | undefined {
  // Only what `loadPart` put there, under the name of this part.
  return loaded.get(part) as Component<PropsOf<Part>> | undefined;
}

export async function loadPart<Part extends Late>(part: Part): Promise<Component<PropsOf<Part>> | undefined> {
  loaded.set(part, (await FILES[part]()).default);
  return loadedPart(part);
}

/** Loads what is likely to be opened, one after the other while nothing else is to be done. */
export async function loadLikely(): Promise<void> {
  if (savesData()) return;
  for (const part of LIKELY) {
    if (loaded.has(part)) continue;
    await app.untilAnswered();
    await idle();
    // What cannot be had now is asked for when it is opened.
    await loadPart(part).catch(() => undefined);
  }
}

function idle(): Promise<void> {
  // Not every browser tells when it has nothing to do.
  return new Promise((resolve) => (typeof requestIdleCallback === "function" ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 200)));
}
