// What a group can start with: schedules in the words of its language, for the kinds of groups there are.

import type { Fault } from "../device/messages";
import type { ShiftChange } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { say } from "./language.svelte";
import { noDetails } from "./shift-draft.svelte";
import type { TemplateName } from "./template-names";
import { parted } from "./template-parts";
import { dayIn, hours } from "./wall-clock";

/** What became of it. */
export interface Applied {
  /** Why it was not done. */
  fault?: Fault;
  /** What is here already by the same names; then nothing was added yet. */
  here: string[];
  /** Whether something of it is missing here. */
  isMissing: boolean;
}

/** What is to be added: all that is wanted if nothing of it is here, only the rest, or all of it, once more. */
export type Amount = "ask" | "rest" | "all";

export async function applyTemplate(group: string, template: TemplateName, amount: Amount): Promise<Applied> {
  const done: Applied = { here: [], isMissing: false };
  if (template === "empty") return done;
  const today = dayIn(undefined, Date.now());
  const listed = await askShifts(group, "list", { from: today, to: today });
  if (!listed.ok) return { ...done, fault: listed.fault };
  const plan = await askShifts(group, "plan", { on: today });
  if (!plan.ok) return { ...done, fault: plan.fault };
  const titles = plan.value.series.filter(({ ends }) => ends === null || ends > today).map(({ details }) => details.title);
  const changes = changesOf(template, dayIn(listed.value.zone, Date.now()), listed.value.zone);
  const { here, missing } = parted(changes, titles);
  if (amount === "ask" && here.length > 0) return { here, isMissing: missing.length > 0 };
  for (const change of amount === "all" ? changes : missing) {
    const answer = await askShifts(group, "change", change);
    if (!answer.ok) return { ...done, fault: answer.fault };
  }
  return done;
}

function changesOf(template: Exclude<TemplateName, "empty">, day: string, zone: string): ShiftChange[] {
  const series = (title: string, role: string, needs: number, from: string, to: string, rule: string): ShiftChange => ({
    add: { details: { ...noDetails(), title, role, needs }, when: hours(day, from, to, zone), rule },
  });
  switch (template) {
    case "watch":
      return [
        { useTemplate: { template: "dayAndNightWatch", first: say("template.dayWatch"), second: say("template.nightWatch"), place: "", from: day } },
        series(say("template.dispatch"), say("template.dispatchRole"), 1, "18:00", "22:00", "FREQ=DAILY"),
      ];
    case "school":
      return [{ useTemplate: { template: "school", first: say("template.arrival"), second: say("template.dismissal"), place: say("template.schoolGate"), from: day } }];
    case "pod":
      return [
        series(say("template.deliveries"), say("template.driver"), 3, "10:00", "12:00", "FREQ=WEEKLY;BYDAY=SA"),
        series(say("template.checkIns"), say("template.caller"), 2, "17:00", "18:00", "FREQ=WEEKLY;BYDAY=WE"),
      ];
    case "coalition":
      return [series(say("template.delegates"), "", 0, "19:00", "20:30", "FREQ=MONTHLY;BYDAY=1TU")];
  }
}
