// Founding a group: what has to be said, and what is wrong with it.

import { askAbout } from "../device/server";
import type { Fault } from "../device/messages";
import { app } from "./app.svelte";
import { countryOf } from "./countries";
import { language } from "./language.svelte";
import { startLink } from "./links";
import type { TemplateName } from "./template-names";

export class Founding {
  name = $state("");
  memberName = $state("");
  country = $state(countryOf(navigator.languages));
  template = $state<TemplateName>("empty");
  link = $state("");
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);

  constructor(readonly token: string) {}

  /** The id of the new group; nothing if `fault` says why not. */
  async found(): Promise<string | undefined> {
    this.busy = true;
    this.fault = undefined;
    const result = await this.ask();
    if (typeof result === "string" && this.template !== "empty") await this.begin(result);
    this.busy = false;
    if (typeof result === "string") return result;
    this.fault = result;
    return undefined;
  }

  /** Where it fails the group is there all the same, and the shifts' own screen offers it again. */
  private async begin(group: string): Promise<void> {
    const templates = await import("./templates").catch(() => undefined);
    await templates?.applyTemplate(group, this.template, "rest");
  }

  private async ask(): Promise<string | Fault> {
    const given = startLink(this.token || this.link, location.origin);
    const about = given.token === null ? await askAbout(given.url) : undefined;
    if (given.token === null && about?.groups !== "open") return { code: "token_needed", detail: "" };
    const answer = await app.ask("foundGroup", {
      name: this.name,
      memberName: this.memberName,
      url: given.url,
      token: given.token,
      serverKey: about?.serverKey ?? null,
      country: this.country || null,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone || null,
      locale: language.code,
    });
    return answer.ok ? answer.value : answer.fault;
  }
}
