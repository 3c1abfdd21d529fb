// A group's move to another server: the link of that server, and the one by which the others follow.

import { askAbout } from "../device/server";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { startLink } from "./links";

export class Moving {
  /** What the person who runs the new server gave. */
  given = $state("");
  /** For those who do not reach the old server any more. */
  link = $state("");
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);

  constructor(private readonly group: string) {}

  async move(): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    const { url, token } = startLink(this.given, "");
    const about = token === null ? undefined : await askAbout(url);
    const { group } = this;
    const answer = url === "" ? NO_SERVER : await app.ask("moveTo", { group, url, token, serverKey: about?.serverKey ?? null });
    this.busy = false;
    if (answer.ok) this.link = answer.value;
    else this.fault = answer.fault;
  }
}

const NO_SERVER = { ok: false, fault: { code: "move_no_server", detail: "" } } as const;
