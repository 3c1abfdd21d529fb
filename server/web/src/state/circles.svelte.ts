// The circles of a group: the list, a new one, another name, and taking one off the list.

import type { AboutRequests, Circle } from "../device/about-messages";
import type { Fault } from "../device/messages";
import { askAbout } from "../device/server";
import { app, isAbout } from "./app.svelte";
import { asker } from "./asking";
import { startLink } from "./links";
import { Remembered } from "./remembered";

const askGroup = asker<AboutRequests>("about");

export class Circles {
  list = $state.raw<Circle[]>([]);
  /** Taken off the list, and there for whoever is in them. */
  off = $state.raw<Circle[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  /** Whether the server wants a link from the person who runs it, for a new circle as for any group. */
  needsLink = $state(false);
  private version: string | undefined;
  /** Shown at once and asked for anew every time: what happens in a circle changes it too. */
  private readonly remembered: Remembered<AboutRequests["circles"]["get"]>;

  constructor(private readonly group: string) {
    this.remembered = new Remembered("circles", group, isAbout("index"));
    this.show(this.remembered.get());
  }

  /** Keeps the list fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      const isListed = news.group === this.group && news.news === "documentChanged" && news.document === "index";
      // Somebody came into a circle, or went.
      const isOfCircle = this.list.some(({ id }) => id === news.group) && news.news !== "documentChanged";
      if (isListed || isOfCircle || news.news === "joined") void this.load();
    });
  }

  /** The id of the new circle; nothing if `fault` says why not. */
  async found(url: string, typed: { name: string; purpose: string; link: string }): Promise<string | undefined> {
    this.busy = true;
    const { token } = startLink(typed.link, url);
    const refused = token === null ? await this.refusal(url) : undefined;
    if (refused !== undefined) return this.end({ ok: false, fault: refused });
    return this.end(await askGroup(this.group, "foundCircle", { name: typed.name, purpose: typed.purpose, token }));
  }

  /** What the list says of a circle, as it was shown when the person began to write. */
  async rename(circle: string, typed: { name: string; purpose: string }, shown: string | undefined): Promise<boolean> {
    this.busy = true;
    const answer = await askGroup(this.group, "listCircle", { circle, ...typed }, { shown });
    this.end(answer);
    return answer.ok;
  }

  /** Puts one back that was taken off the list, as it was spoken of there. */
  putBack({ id, name, purpose }: Circle): Promise<boolean> {
    return this.rename(id, { name, purpose }, undefined);
  }

  async drop(circle: string): Promise<boolean> {
    this.busy = true;
    const answer = await askGroup(this.group, "dropCircle", { circle });
    this.end(answer);
    return answer.ok;
  }

  /** The version of the list that is shown now. */
  get shown(): string | undefined {
    return this.version;
  }

  /** Why the server will not take a group without a link. */
  private async refusal(url: string): Promise<Fault | undefined> {
    const about = await askAbout(url);
    if (about === undefined) return { code: "not_connected", detail: "" };
    if (about.groups === "open") return undefined;
    this.needsLink = about.groups === "token";
    return { code: this.needsLink ? "token_needed" : "founding_groups_closed", detail: "" };
  }

  private end<T>(answer: { ok: true; value: T } | { ok: false; fault: Fault }): T | undefined {
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok ? answer.value : undefined;
  }

  private async load(): Promise<void> {
    const answer = await askGroup(this.group, "circles", {});
    if (answer.ok) this.remembered.keep(answer.value);
    this.show(answer.ok ? answer.value : undefined);
  }

  private show(told: AboutRequests["circles"]["get"] | undefined): void {
    this.loaded = told !== undefined;
    if (told === undefined) return;
    this.list = told.circles;
    this.off = told.off;
    this.version = told.version;
  }
}
