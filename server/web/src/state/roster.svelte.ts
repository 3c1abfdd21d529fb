// Who is in a group and who waits to be, its open invitations, and what is done about them; kept fresh while somebody looks.

import type { Fault, Member, News, Role } from "../device/messages";
import type { Elsewhere, Held, Invited, Newcomer, RosterAsks } from "../device/roster";
import { app } from "./app.svelte";
import { asker } from "./asking";
import { Remembered } from "./remembered";

/** What changes who is in. */
type Act = Exclude<keyof RosterAsks, "invitations" | "lobby" | "askLobby" | "held" | "askHeld" | "elsewhere" | "takeOff">;

const askRoster = asker<RosterAsks>("roster");

export class Roster {
  members = $state.raw<Member[]>([]);
  invitations = $state.raw<Invited[]>([]);
  lobby = $state.raw<Newcomer[]>([]);
  held = $state.raw<Held[]>([]);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  private readonly shown: Remembered<Member[]>;
  readonly self = $derived(this.members.find(({ isSelf }) => isSelf));

  /** `what`: only who is in, which a first visit needs, or everything. */
  constructor(
    private readonly group: string,
    private readonly what: "members" | "everything" = "everything",
  ) {
    this.shown = new Remembered("members", group, touchesRoster);
    this.members = this.shown.get() ?? [];
  }

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    if (this.what === "everything" || !this.shown.isFresh()) void this.load();
    if (this.what === "everything") {
      // The answers come as news.
      void askRoster(this.group, "askLobby", {});
      void askRoster(this.group, "askHeld", {});
    }
    return app.listen((news: News) => {
      if (news.group !== this.group) return;
      if (news.news === "rosterRefused") this.fault = { code: "roster_refused", detail: news.reason };
      if (touchesRoster(news)) void this.load();
    });
  }

  /** Takes somebody out, and out of circles with it: keys change with it, and open invitations are turned off. */
  remove(who: RosterAsks["remove"]["ask"]): Promise<boolean> {
    return this.act("remove", who);
  }

  /** Where else a member is; nothing if `fault` says why not. */
  async elsewhere(member: string): Promise<Elsewhere | undefined> {
    const answer = await askRoster(this.group, "elsewhere", { member });
    if (!answer.ok) this.fault = answer.fault;
    return answer.ok ? answer.value : undefined;
  }

  setRole(member: string, role: Role): Promise<boolean> {
    return this.act("setRole", { member, role });
  }

  /** Says what somebody else is called: whoever only reads cannot write their own name. */
  rename(member: string, name: string): Promise<boolean> {
    return this.act("rename", { member, name });
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

  /** Vouches for somebody who waits, lets them in, or sends them away. */
  decide(what: "vouch" | "admit" | "refuse", device: string): Promise<boolean> {
    return this.act(what, { device });
  }

  /** Lets what a removed device had written in after all, or decides against it. */
  settleHeld(what: "acceptHeld" | "discardHeld", device: string): Promise<boolean> {
    return this.act(what, { device });
  }

  nameOf(member: string | null): string {
    return this.members.find(({ id }) => id === member)?.name ?? "";
  }

  private async act<K extends Act>(what: K, details: RosterAsks[K]["ask"]): Promise<boolean> {
    this.busy = true;
    const answer = await askRoster(this.group, what, details);
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    if (answer.ok) await this.load();
    return answer.ok;
  }

  private async load(): Promise<void> {
    const members = await app.ask("members", { group: this.group });
    if (members.ok) {
      this.members = members.value;
      this.shown.keep(members.value);
    }
    if (this.what === "members") return;
    const invitations = await askRoster(this.group, "invitations", {});
    if (invitations.ok) this.invitations = invitations.value.filter(({ open }) => open);
    const lobby = await askRoster(this.group, "lobby", {});
    if (lobby.ok) this.lobby = lobby.value;
    const held = await askRoster(this.group, "held", {});
    if (held.ok) this.held = held.value;
  }
}

function touchesRoster(news: News): boolean {
  return news.news !== "documentChanged" || news.document === "index";
}
