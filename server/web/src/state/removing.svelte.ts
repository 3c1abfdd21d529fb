// Taking somebody, or one of their phones, out of the group: where else they are, and of which circles they go out with it.

import type { Member } from "../device/messages";
import type { Elsewhere, ElsewhereCircle } from "../device/roster";
import type { Roster } from "./roster.svelte";

export class Removing {
  private found = $state.raw<Elsewhere | undefined>(undefined);
  /** What the person decided about a circle, where that is not what would be done anyway. */
  private decided = $state.raw<ReadonlyMap<string, boolean>>(new Map());
  /** Circles out of which this phone can take them. */
  readonly circles = $derived(this.here.filter(({ mayRemove }) => mayRemove));
  /** Circles in which somebody else must do it. */
  readonly others = $derived(this.here.filter(({ mayRemove }) => !mayRemove).map(({ name }) => name));
  readonly closed = $derived(this.found?.closed ?? []);

  /** `device`: only this one of their phones. */
  constructor(
    private readonly roster: Roster,
    private readonly member: Member,
    private readonly device?: string,
  ) {}

  /** Until it has answered nobody is removed: the question must name the circles. */
  get isReady(): boolean {
    return this.found !== undefined;
  }

  /** Circles in which they are with a phone that may be this one or another. */
  get maybe(): string[] {
    if (this.device === undefined) return [];
    const rest = (this.found?.circles ?? []).filter((circle) => this.devicesIn(circle).length === 0);
    return rest.filter(({ devices }) => devices.some(({ here }) => here === null)).map(({ name }) => name);
  }

  async look(): Promise<void> {
    this.found = await this.roster.elsewhere(this.member.id);
  }

  isChosen(circle: ElsewhereCircle): boolean {
    return this.decided.get(keyOf(circle)) ?? circle.sure;
  }

  choose(circle: ElsewhereCircle, chosen: boolean): void {
    this.decided = new Map(this.decided).set(keyOf(circle), chosen);
  }

  remove(): Promise<boolean> {
    const { member, device } = this;
    const circles = this.circles
      .filter((circle) => this.isChosen(circle))
      .map((circle) => ({ circle: circle.circle, members: device === undefined ? [circle.member] : [], devices: this.devicesIn(circle) }));
    return this.roster.remove({ members: device === undefined ? [member.id] : [], devices: device === undefined ? [] : [device], circles });
  }

  private get here(): ElsewhereCircle[] {
    return (this.found?.circles ?? []).filter((circle) => this.device === undefined || this.devicesIn(circle).length > 0);
  }

  /** The phone that is taken out, as the circle knows it. */
  private devicesIn({ devices }: ElsewhereCircle): string[] {
    return this.device === undefined ? [] : devices.filter(({ here }) => here === this.device).map(({ there }) => there);
  }
}

function keyOf({ circle, member }: ElsewhereCircle): string {
  return `${circle} ${member}`;
}
