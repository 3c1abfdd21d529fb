// A group's move to another server: looked at first, because every phone follows; and the link by which others follow.

import { askAbout } from "../device/server";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { startLink } from "./links";

export class Moving {
  /** What the person who runs the new server gave. */
  given = $state("");
  /** Where the group would go: a server that answered this phone. */
  to = $state.raw<{ url: string; token: string | null; serverKey: string } | undefined>(undefined);
  /** For those who do not reach the old server any more. */
  link = $state("");
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  readonly host = $derived(this.to === undefined ? "" : new URL(this.to.url).host);

  constructor(private readonly group: string) {}

  /** Looks whether the server is there and takes groups, as far as that can be seen before. */
  async look(): Promise<void> {
    if (this.busy) return;
    const { url, token } = startLink(this.given, "");
    if (url === "") return this.refuse("move_no_server");
    if (url === app.group(this.group)?.url) return this.refuse("move_same_server");
    this.busy = true;
    this.fault = undefined;
    const about = await askAbout(url);
    this.busy = false;
    // A group that goes where nobody can follow is lost to all but this phone.
    if (about === undefined) return this.refuse("move_unreachable");
    if (about.groups === "closed") return this.refuse("founding_groups_closed");
    this.to = { url, token, serverKey: about.serverKey };
  }

  async move(): Promise<void> {
    if (this.busy || this.to === undefined) return;
    this.busy = true;
    const answer = await app.ask("moveTo", { group: this.group, ...this.to });
    this.busy = false;
    this.to = undefined;
    if (answer.ok) this.link = answer.value;
    else this.fault = answer.fault;
  }

  private refuse(code: string): void {
    this.fault = { code, detail: "" };
  }
}
