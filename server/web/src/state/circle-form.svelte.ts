// A circle while it is typed: a new one, or what the list says of one.

import type { Circle } from "../device/about-messages";
import type { Circles } from "./circles.svelte";
import { DraftedForm } from "./draft.svelte";

interface Kept {
  name: string;
  purpose: string;
  before: { name: string; purpose: string };
  /** The version of the list when the person began. */
  shown: string | undefined;
}

export class CircleForm extends DraftedForm<Kept> {
  name = $state("");
  purpose = $state("");
  /** From the person who runs the server; a secret, which is in no draft. */
  link = $state("");
  private before = { name: "", purpose: "" };
  private shown: string | undefined;

  constructor(
    group: string,
    private readonly circles: Circles,
    private readonly circle: Circle | undefined,
  ) {
    super(`circle/${group}/${circle?.id ?? "new"}`);
    const { name, purpose } = circle ?? this.before;
    this.before = { name, purpose };
    [this.name, this.purpose] = [name, purpose];
    // What was shown when the form was opened stays what is written onto.
    this.shown = circles.shown;
    this.loaded = true;
  }

  /** The id of the circle; nothing if `fault` of the circles says why not. */
  async save(url: string): Promise<string | undefined> {
    const { name, purpose, link, circle, circles } = this;
    const saved = circle === undefined ? await circles.found(url, { name, purpose, link }) : await circles.rename(circle.id, { name, purpose }, this.shown);
    if (saved === undefined || saved === false) return undefined;
    await this.discard();
    return saved === true ? circle?.id : saved;
  }

  protected async load(): Promise<void> {
    const kept = await this.draft.load();
    // Somebody may have begun to type before the answer.
    if (kept === undefined || this.unsaved() !== undefined) return;
    ({ name: this.name, purpose: this.purpose, before: this.before, shown: this.shown } = kept);
    this.restored = true;
  }

  protected unsaved(): Kept | undefined {
    const { name, purpose, before, shown } = this;
    return name === before.name && purpose === before.purpose ? undefined : { name, purpose, before, shown };
  }
}
