// Joining a group through a link: first what the link says, then under which name.

import type { Fault, Invitation } from "../device/messages";
import { app } from "./app.svelte";
import { here } from "./phone";

export class Joining {
  memberName = $state("");
  words = $state("");
  invitation = $state.raw<Invitation | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  /** The person read what to do first, and wants to go on here. */
  goesOn = $state(false);
  readonly surroundings = here();
  /** Whether this phone is in the group, or about to be: the link was opened before. */
  readonly isIn = $derived.by(() => {
    if (this.invitation === undefined) return false;
    const group = app.group(this.invitation.group);
    return this.invitation.isIn || (group?.stage === "active" && group.departure === null);
  });

  /** Whether a newcomer says what they are called: not who is a member already, nor who could not write it down. */
  readonly hasName = $derived(this.invitation !== undefined && this.invitation.whose === null && (!this.invitation.reads || this.invitation.needsApproval));

  constructor(readonly link: string) {}

  /** Looks into the link; makes no key and asks no server. */
  async read(): Promise<void> {
    const answer = await app.ask("readInvitation", { link: this.link });
    if (answer.ok) this.invitation = answer.value;
    else this.fault = answer.fault;
  }

  /** The id of the group being joined; nothing if `fault` says why not. */
  async join(): Promise<string | undefined> {
    this.busy = true;
    this.fault = undefined;
    app.forgetRefusal();
    const answer = await app.ask("join", { link: this.link, memberName: this.memberName, words: this.words });
    this.busy = false;
    if (answer.ok) {
      app.joined = answer.value;
      app.isLetIn = false;
      return answer.value;
    }
    // The first tap did it, and was not heard of: another leads there too.
    if (answer.fault.code === "already_in") return this.invitation?.group;
    this.fault = answer.fault;
    return undefined;
  }
}
