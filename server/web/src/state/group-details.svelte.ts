// What the group says about itself, and what I am called in it, while they are typed. Written onto what was shown, and only
// what was changed.

import type { AboutRequests, GroupField } from "../device/about-messages";
import type { Fault } from "../device/messages";
import type { Result } from "../device/client";
import { asker } from "./asking";
import { DraftedForm } from "./draft.svelte";
import { fetchZone } from "./zones";

const ask = asker<AboutRequests>("about");
const FIELDS: readonly GroupField[] = ["name", "country", "locale", "zone"];
const NOTHING: Record<GroupField, string> = { name: "", country: "", locale: "", zone: "" };

interface Kept {
  typed: Record<GroupField, string>;
  before: Record<GroupField, string>;
  ownName: string;
  ownBefore: string;
  /** The version of the group's own record when the person began. */
  shown: string | undefined;
}

/** One of the two forms: why it was not saved, or that it was. */
export class Saving {
  fault = $state.raw<Fault | undefined>(undefined);
  saved = $state(false);
}

export class GroupDetails extends DraftedForm<Kept> {
  typed = $state({ ...NOTHING });
  ownName = $state("");
  busy = $state(false);
  readonly forGroup = new Saving();
  readonly forMe = new Saving();
  private before = NOTHING;
  private ownBefore = "";
  private shown: string | undefined;

  constructor(private readonly group: string) {
    super(`details/${group}`);
  }

  protected async load(): Promise<void> {
    const kept = await this.draft.load();
    await this.loadDetails();
    if (kept === undefined || !this.loaded) return;
    ({ typed: this.typed, before: this.before, ownName: this.ownName, ownBefore: this.ownBefore, shown: this.shown } = kept);
    this.restored = true;
  }

  protected unsaved(): Kept | undefined {
    const { before, ownName, ownBefore, shown } = this;
    const typed = $state.snapshot(this.typed);
    const isSame = ownName === ownBefore && FIELDS.every((field) => typed[field] === before[field]);
    return isSame ? undefined : { typed, before, ownName, ownBefore, shown };
  }

  private async loadDetails(): Promise<void> {
    const answer = await ask(this.group, "details", {});
    if (!answer.ok) {
      this.forMe.fault = answer.fault;
      return;
    }
    const { name, country, locale, zone, ownName, version } = answer.value;
    this.before = { name, country: country ?? "", locale: locale ?? "", zone: zone ?? "" };
    this.typed = { ...this.before };
    [this.ownName, this.ownBefore] = [ownName, ownName];
    this.shown = version;
    this.loaded = true;
  }

  /** The zones that this browser knows, and the group's. */
  zones(): string[] {
    const all = new Set(Intl.supportedValuesOf("timeZone"));
    if (this.before.zone !== "") all.add(this.before.zone);
    return [...all].sort();
  }

  async saveGroup(): Promise<void> {
    const changed = FIELDS.filter((field) => this.typed[field] !== this.before[field]);
    const change = Object.fromEntries(changed.map((field) => [field, this.typed[field]]));
    await this.save(this.forGroup, () => ask(this.group, "change", change, { shown: this.shown }));
    // The hours of shifts are told in it: better to have its rules now than when there is no network.
    if (this.forGroup.saved && change["zone"]) void fetchZone(change["zone"]);
  }

  async saveMe(): Promise<void> {
    await this.save(this.forMe, () => ask(this.group, "renameSelf", { name: this.ownName }, { shown: this.shown }));
  }

  private async save(form: Saving, write: () => Promise<Result<null>>): Promise<void> {
    this.busy = true;
    for (const each of [this.forGroup, this.forMe]) [each.fault, each.saved] = [undefined, false];
    const answer = await write();
    this.busy = false;
    form.saved = answer.ok;
    form.fault = answer.ok ? undefined : answer.fault;
    if (answer.ok) await this.reload(form);
  }

  /** What was typed into the other form and not saved stays. */
  private async reload(form: Saving): Promise<void> {
    const { typed, ownName } = this;
    await this.loadDetails();
    if (form === this.forMe) this.typed = typed;
    else this.ownName = ownName;
    this.restored = false;
    await this.draft.keep();
  }
}
