// What a group can start with: schedules in the words of its language, for the kinds of groups there are.

import type { Fault } from "../device/messages";
import type { ShiftChange } from "../device/shifts";
import { askShifts } from "./asking-shifts";
import { say } from "./language.svelte";
import { noDetails } from "./shift-draft.svelte";
import type { TemplateName } from "./template-names";
import { dayIn, hours } from "./wall-clock";

/** What becomes of it: nothing, or why it was not done. */
export async function applyTemplate(group: string, template: TemplateName): Promise<Fault | undefined> {
  if (template === "empty") return undefined;
  const today = dayIn(undefined, Date.now());
  const listed = await askShifts(group, "list", { from: today, to: today });
  if (!listed.ok) return listed.fault;
  for (const change of changesOf(template, dayIn(listed.value.zone, Date.now()), listed.value.zone)) {
    const answer = await askShifts(group, "change", change);
    if (!answer.ok) return answer.fault;
  }
  return undefined;
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
