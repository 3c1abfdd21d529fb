// What did not fit into a group's history: records passed over, other histories that were seen, edits of what was forgotten.

import type { LateEdit, Remark } from "../device/keeping";
import { app } from "./app.svelte";

export class Remarked {
  aside = $state.raw<Remark[]>([]);
  forks = $state.raw<Remark[]>([]);
  late = $state.raw<LateEdit[]>([]);
  readonly isAny = $derived(this.aside.length + this.forks.length + this.late.length > 0);

  constructor(private readonly group: string) {}

  async load(): Promise<void> {
    const { group } = this;
    const [aside, forks, late] = await Promise.all([app.ask("setAside", { group }), app.ask("forks", { group }), app.ask("lateEdits", { group })]);
    if (aside.ok) this.aside = aside.value;
    if (forks.ok) this.forks = forks.value;
    if (late.ok) this.late = late.value;
  }
}
