// Who is in a group, its open invitations, and what organizers do about both; kept fresh while somebody looks.

import type { Result } from "../device/client";
import type { Fault, Member, News, Role } from "../device/messages";
import type { Invited, RosterAsks } from "../device/roster";
import { app } from "./app.svelte";

export class Roster {
  members = $state.raw<Member[]>([]);
  invitations = $state.raw<Invited[]>([]);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news: News) => {
      if (news.group !== this.group) return;
      const named = news.news === "documentChanged" && news.document === "index";
      if (named || ["membersChanged", "joined", "statusChanged"].includes(news.news)) void this.load();
    });
  }

  /** Takes somebody out: the group's key changes with it, and open invitations are turned off. */
  remove(member: string): Promise<boolean> {
    return this.act("remove", { members: [member], devices: [] });
  }

  removeDevice(device: string): Promise<boolean> {
    return this.act("remove", { members: [], devices: [device] });
  }

  setRole(member: string, role: Role): Promise<boolean> {
    return this.act("setRole", { member, role });
  }

  leave(): Promise<boolean> {
    return this.act("leave", {});
  }

  changeKey(): Promise<boolean> {
    return this.act("rotate", {});
  }

  close(invitation: string): Promise<boolean> {
    return this.act("closeInvitation", { invitation });
  }

  nameOf(member: string): string {
    return this.members.find(({ id }) => id === member)?.name ?? "";
  }

  private async act<K extends keyof RosterAsks>(what: K, details: RosterAsks[K]["ask"]): Promise<boolean> {
    this.busy = true;
    const answer = await this.ask(what, details);
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    if (answer.ok) await this.load();
    return answer.ok;
  }

  private ask<K extends keyof RosterAsks>(what: K, details: RosterAsks[K]["ask"]): Promise<Result<RosterAsks[K]["get"]>> {
    return app.ask("roster", { group: this.group, ask: { [what]: details } }) as Promise<Result<RosterAsks[K]["get"]>>;
  }

  private async load(): Promise<void> {
    const members = await app.ask("members", { group: this.group });
    if (members.ok) this.members = members.value;
    const invitations = await this.ask("invitations", {});
    if (invitations.ok) this.invitations = invitations.value.filter(({ open }) => open);
  }
}
