// How a decision is made and until when, while somebody changes it: what cannot be is said where it was typed.

import type { Decision, Terms } from "../device/decision-messages";
import type { Fault } from "../device/messages";
import { localTime } from "./days";
import { say } from "./language.svelte";

export class Ruling {
  typed = $state({ method: "consent" as Decision["method"], quorum: "", until: "" });
  /** Whether it was to be saved: until then nothing is found fault with. */
  private isTried = $state(false);
  private now = $state(0);
  /** What the device did not take. */
  fault = $state.raw<Fault | undefined>(undefined);
  private readonly before: Ruling["typed"];
  readonly quorumProblem = $derived.by(() => {
    const quorum = this.typed.quorum.trim();
    return this.isTried && quorum !== this.before.quorum ? problemOf(quorum, this.most) : undefined;
  });
  /** A day that is over would close it at once, and void the answers that were given since. */
  readonly untilProblem = $derived.by(() => {
    const { until } = this.typed;
    const isNew = this.isTried && until !== this.before.until && until !== "";
    return isNew && !(Date.parse(until) > this.now) ? say("span.over") : undefined;
  });

  /** `most`: how many people can answer. */
  constructor(
    { method, quorum, deadline }: Pick<Decision, "method" | "quorum" | "deadline">,
    private readonly most: number,
  ) {
    this.before = { method, quorum, until: deadline > 0 ? localTime(deadline) : "" };
    this.typed = { ...this.before };
  }

  /** Only what was changed here: somebody else may have ruled about the rest meanwhile. `now`: by the server's clock. */
  terms(now: number): Terms | undefined {
    this.isTried = true;
    this.now = now;
    if (this.quorumProblem !== undefined || this.untilProblem !== undefined) return undefined;
    const { method, quorum, until } = this.typed;
    return {
      ...(method !== this.before.method && { method }),
      ...(quorum.trim() !== this.before.quorum && { quorum: quorum.trim() }),
      ...(until !== this.before.until && { deadline: until === "" ? 0 : Date.parse(until) }),
    };
  }
}

function problemOf(quorum: string, most: number): string | undefined {
  const [, number, percent] = /^(\d+)\s*(%?)$/.exec(quorum) ?? [];
  if (quorum === "") return undefined;
  if (number === undefined || (percent === "%" && Number(number) > 100)) return say("fault.decision_quorum");
  return percent === "" && Number(number) > most ? say("quorum.many", { count: most }) : undefined;
}
