// One contact: as it is, and the questions in it that somebody has to answer.

import type { ContactView, Fault, Step, TextField } from "../device/messages";
import type { AboutRequests } from "../device/about-messages";
import { app } from "./app.svelte";
import { asker } from "./asking";
import { hasEmergency } from "./facts";
import { isOnDuty } from "./on-duty";

const askGroup = asker<AboutRequests>("about");

export class ContactRecord {
  view = $state.raw<ContactView | undefined>(undefined);
  /** It is about whoever holds this phone: they said so. */
  isMe = $state(false);
  /** Others who said that it is about them. */
  claimants = $state.raw<string[]>([]);
  /** Whoever holds this phone is at a shift that is on now. */
  isOnDuty = $state(false);
  /** It was here, and has been forgotten for good since. */
  isGone = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  steps = $state.raw<{ steps: Step[]; authors: Record<string, string> } | undefined>(undefined);

  constructor(
    private readonly group: string,
    private readonly contact: string,
  ) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    return app.keepFresh(this.group, ["contacts", "index"], () => this.load());
  }

  /** Settles a field that two people changed: from now on it says this. */
  async settle(field: TextField, text: string): Promise<void> {
    const { group, contact } = this;
    const answer = await app.ask("settleField", { group, contact, field, text, shown: this.view?.version });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  async keep(): Promise<void> {
    const answer = await app.ask("keepContact", { group: this.group, contact: this.contact });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  /** Whether it is gone from the list. */
  async remove(reason: string): Promise<boolean> {
    const answer = await app.ask("removeContact", { group: this.group, contact: this.contact, reason });
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok;
  }

  async loadHistory(): Promise<void> {
    const answer = await app.ask("contactHistory", { group: this.group, contact: this.contact });
    if (answer.ok) this.steps = answer.value;
  }

  /** Says that this contact is about whoever holds this phone, or takes it back. */
  async claim(isMe: boolean): Promise<void> {
    const answer = await app.ask("claimContact", { group: this.group, contact: isMe ? this.contact : null });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  /** Not waited for: a first visit has the contact before it can ask this. */
  private async loadClaimants(): Promise<void> {
    const answer = await askGroup(this.group, "claimants", { contact: this.contact });
    if (answer.ok) this.claimants = answer.value;
  }

  private async load(): Promise<void> {
    const { group, contact } = this;
    const [answer, claimed] = await Promise.all([app.ask("contact", { group, contact }), app.ask("claimedContact", { group })]);
    this.isMe = claimed.ok && claimed.value === contact;
    // Whoever still saw it must not think that they may call, or write there.
    this.isGone = !answer.ok && answer.fault.code === "contact_unknown" && (this.isGone || this.view !== undefined);
    if (answer.ok || this.isGone) this.view = answer.ok ? answer.value : undefined;
    if (!answer.ok && !this.isGone) this.fault = answer.fault;
    void this.loadClaimants();
    // Only then it matters.
    if (answer.ok && hasEmergency(answer.value.contact.details)) this.isOnDuty = await isOnDuty(this.group);
    if (this.steps !== undefined) await this.loadHistory();
  }
}
