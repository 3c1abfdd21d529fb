// A group's move to another server: looked at first, because every phone follows; and the link by which others follow.

import { askWhetherTaken } from "../device/server";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { startLink } from "./links";

/** What to say where the new server would not take the group; what a later version says is said as "not now". */
const NOT_TAKEN: Record<string, string> = {
  closed: "founding_groups_closed",
  token_damaged: "token_damaged",
  token_needed: "token_needed",
  token_other_server: "token_other_server",
  token_unknown: "move_token_unknown",
  token_run_out: "move_token_run_out",
  token_used_up: "move_token_used_up",
  group_full: "move_no_room",
  disk_full: "move_no_room",
};

export class Moving {
  /** What the person who runs the new server gave. */
  given = $state("");
  /** Where the group would go: a server that answered this phone. */
  to = $state.raw<{ url: string; token: string | null; serverKey: string } | undefined>(undefined);
  /** For those who do not reach the old server any more. */
  link = $state("");
  /** The group is brought to the server where it should have been. */
  isBrought = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  readonly host = $derived(this.to === undefined ? "" : new URL(this.to.url).host);

  constructor(private readonly group: string) {}

  /** Looks whether the server is there and takes the group, as far as that can be seen before. */
  async look(): Promise<void> {
    if (this.busy) return;
    const { url, token } = startLink(this.given, "");
    if (url === "") return this.refuse("move_no_server");
    // A good link of the server where the group should be, but is not, is what was missing.
    const { url: here, current } = app.group(this.group) ?? {};
    const isHere = url === here;
    if (isHere && current) return this.refuse("move_same_server");
    this.busy = true;
    this.isBrought = false;
    this.fault = undefined;
    const serverKey = await this.askServer(url, token);
    this.busy = false;
    if (serverKey === undefined) return;
    this.to = { url, token, serverKey };
    // Nobody is led anywhere by it.
    if (isHere) await this.move();
  }

  async move(): Promise<void> {
    const { to } = this;
    if (this.busy || to === undefined) return;
    this.busy = true;
    // Between looking and agreeing somebody else may have used the link up.
    const serverKey = await this.askServer(to.url, to.token);
    const answer = serverKey === to.serverKey ? await app.ask("moveTo", { group: this.group, ...to }) : undefined;
    this.busy = false;
    this.to = undefined;
    if (answer?.ok === true) {
      this.link = answer.value ?? "";
      this.isBrought = answer.value === null;
    } else if (answer !== undefined) this.fault = answer.fault;
    else if (serverKey !== undefined) this.refuse("token_other_server");
  }

  /** The key of a server that takes the group. One that goes where it is not taken is lost to all phones but this one. */
  private async askServer(url: string, token: string | null): Promise<string | undefined> {
    const told = await askWhetherTaken(url, this.group, token);
    if (told?.takes === "yes") return told.serverKey;
    const isHere = url === app.group(this.group)?.url;
    this.refuse(told === undefined ? (isHere ? "move_same_server" : "move_unreachable") : (NOT_TAKEN[told.takes] ?? "move_not_now"));
    return undefined;
  }

  private refuse(code: string): void {
    this.fault = { code, detail: "" };
  }
}
