// The decisions of a group: what waits for my answer first, then what is open, then what was decided.

import type { Fault } from "../device/messages";
import type { DecisionLine } from "../device/decision-messages";
import { app } from "./app.svelte";
import { ownVote } from "./own-vote";
import { askDecisions } from "./note-requests";

export class Decisions {
  lines = $state.raw<DecisionLine[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly forMe = $derived(this.lines.filter(({ needsMe }) => needsMe));
  readonly open = $derived(this.lines.filter(({ needsMe, stage }) => !needsMe && stage !== "closed"));
  readonly closed = $derived(this.lines.filter(({ stage }) => stage === "closed").sort((a, b) => b.deadline - a.deadline));

  constructor(private readonly group: string) {}

  /** Keeps the list fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      // What the log has seen counts, and its time closes decisions.
      const changed = news.news === "statusChanged" || (news.news === "documentChanged" && news.document.startsWith("decision/"));
      if (news.group === this.group && changed) void this.load();
    });
  }

  private async load(): Promise<void> {
    const answer = await askDecisions(this.group, "list", {});
    if (answer.ok) this.lines = await Promise.all(answer.value.map((line) => this.withMyAnswer(line)));
    this.fault = answer.ok ? undefined : answer.fault;
    this.loaded = true;
  }

  /** Whoever has answered is not asked again while that waits to be sent, though it does not count yet. */
  private async withMyAnswer(line: DecisionLine): Promise<DecisionLine> {
    if (!line.needsMe || app.group(this.group)?.waiting === 0) return line;
    const view = await askDecisions(this.group, "show", { decision: line.id });
    const waits = view.ok && ownVote(view.value.decision.votes, view.value.me)?.standing === "waiting";
    return { ...line, needsMe: !waits };
  }
}
