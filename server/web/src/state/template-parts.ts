// Which shifts of a template a plan has already, by their names.

import type { ShiftChange } from "../device/shifts";

/** What is here by these names, and the changes that add the rest. What has one of its names here is not added. */
export function parted(changes: readonly ShiftChange[], titles: readonly string[]): { here: string[]; missing: ShiftChange[] } {
  const known = new Set(titles.map(folded));
  const isHere = (title: string): boolean => known.has(folded(title));
  return {
    here: changes.flatMap(titlesOf).filter(isHere),
    missing: changes.filter((change) => !titlesOf(change).some(isHere)),
  };
}

function titlesOf(change: ShiftChange): string[] {
  if ("add" in change) return [change.add.details.title];
  return "useTemplate" in change ? [change.useTemplate.first, change.useTemplate.second] : [];
}

function folded(title: string): string {
  return title.trim().toLocaleLowerCase();
}
