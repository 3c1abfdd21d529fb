// One decision: as it stands, and all that can be done with it.

import type { Ballot, DecisionRequests, DecisionView, Terms, Wording } from "../device/decision-messages";
import type { Fault, Member } from "../device/messages";
import { app } from "./app.svelte";
import { ownVote } from "./own-vote";
import { askDecisions } from "./note-requests";

/** A decision as it is worded. */
export interface Words {
  title: string;
  details: string;
  /** Without a key: new. */
  options: ({ key: string | undefined } & Wording)[];
}

export class DecisionRecord {
  view = $state.raw<DecisionView | undefined>(undefined);
  members = $state.raw<Member[]>([]);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly mine = $derived(ownVote(this.view?.decision.votes ?? [], this.view?.me ?? null));
  /** My answer is missing, or asked for again. */
  readonly needsMe = $derived(
    this.view?.decision.stage === "open" && this.view.me !== null && this.view.decision.missing.includes(this.view.me),
  );
  private readonly named = $derived(this.members.filter((member) => member.name !== "" && this.isMissing(member.id)));
  /** Who has not answered at all; not me while my answer waits to be sent. */
  readonly missing = $derived(this.named.filter(({ id }) => !this.hasAnswered(id)).map(({ name }) => name));
  /** Who has answered, but not to all of the words as they are now. */
  readonly missingSome = $derived(this.named.filter(({ id }) => this.hasAnswered(id)).map(({ name }) => name));

  constructor(
    private readonly group: string,
    readonly id: string,
  ) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      if (news.group !== this.group) return;
      // What the log has seen counts, and its time closes decisions.
      const named = news.news === "documentChanged" && (news.document === `decision/${this.id}` || news.document === "index");
      if (named || news.news === "statusChanged" || news.news === "membersChanged") void this.load();
    });
  }

  /** `shown`: the version that was read before this was answered, so that it counts as an answer to that. */
  vote(ballot: Ballot, shown: string | undefined): Promise<boolean> {
    return this.do("vote", { decision: this.id, ballot }, shown);
  }

  /** What was wrong with it is told where it was typed. */
  async rule(terms: Terms): Promise<Fault | undefined> {
    const answer = await askDecisions(this.group, "rule", { decision: this.id, terms });
    return answer.ok ? undefined : answer.fault;
  }

  remove(): Promise<boolean> {
    return this.do("remove", { decision: this.id, reason: "" });
  }

  keep(): Promise<boolean> {
    return this.do("keep", { decision: this.id });
  }

  /** How it is worded now, to be changed. */
  words(): Words {
    const decision = this.view?.decision;
    const options = decision?.choices.filter(({ key }) => key !== "") ?? [];
    return {
      title: decision?.title ?? "",
      details: [decision?.details ?? "", ...(decision?.otherDetails ?? [])].join("\n\n"),
      options: options.map(({ key, text, zone }) => ({ key, text, zone })),
    };
  }

  /** Writes what differs, onto the version that was shown. Whoever had answered to what is worded anew is asked again. */
  async reword(before: Words, after: Words, shown: string | undefined): Promise<boolean> {
    const decision = this.id;
    const title = after.title.trim();
    const kept = after.options.filter(({ text }) => text.trim() !== "");
    const gone = before.options.filter(({ key }) => !kept.some((option) => option.key === key));
    const done: boolean[] = [];
    if (title !== before.title) done.push(await this.do("setOption", { decision, option: "", wording: { text: title, zone: "" } }, shown));
    if (after.details !== before.details) done.push(await this.do("setDetails", { decision, details: after.details }, shown));
    for (const { key, text, zone } of kept) {
      const wording = { text: text.trim(), zone };
      const old = before.options.find((option) => option.key === key);
      if (key === undefined || old === undefined) done.push(await this.do("addOption", { decision, wording }, shown));
      else if (old.text !== wording.text) done.push(await this.do("setOption", { decision, option: key, wording }, shown));
    }
    for (const { key = "" } of gone) done.push(await this.do("dropOption", { decision, option: key }, shown));
    return done.every(Boolean);
  }

  /** These words hold, and not what somebody else wrote without knowing of them. */
  settle(option: string): Promise<boolean> {
    const decision = this.view?.decision;
    const choice = decision?.choices.find(({ key }) => key === option);
    const wording = { text: choice?.text ?? decision?.title ?? "", zone: choice?.zone ?? "" };
    return this.do("setOption", { decision: this.id, option, wording }, this.view?.version);
  }

  private isMissing(id: string): boolean {
    if (id === this.view?.me && this.mine?.standing === "waiting") return false;
    return this.view?.decision.missing.includes(id) ?? false;
  }

  private hasAnswered(id: string): boolean {
    const votes = this.view?.decision.votes ?? [];
    const counted = votes.find(({ person, standing }) => person === `member/${id}` && standing === "counted");
    return Object.values(counted?.answers ?? {}).some(({ asked }) => !asked);
  }

  private async do<K extends keyof DecisionRequests>(what: K, details: DecisionRequests[K]["ask"], shown?: string): Promise<boolean> {
    const answer = await askDecisions(this.group, what, details, { shown });
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok;
  }

  private async load(): Promise<void> {
    const { group } = this;
    const [view, members] = await Promise.all([askDecisions(group, "show", { decision: this.id }), app.ask("members", { group })]);
    if (members.ok) this.members = members.value;
    if (!view.ok) {
      this.fault = view.fault;
      return;
    }
    this.view = view.value;
    // It was still on its way.
    if (this.fault?.code === "decision_unknown") this.fault = undefined;
  }
}
