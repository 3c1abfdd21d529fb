// The lock of the app: opening it with a PIN, and setting, changing or removing it.

import type { Fault } from "../device/messages";
import { app } from "./app.svelte";

/** A PIN shorter than this is tried through in minutes by whoever copied the phone's storage. */
export const SHORTEST_PIN = 6;

export class Lock {
  pin = $state("");
  again = $state("");
  old = $state("");
  on = $state(false);
  autoLock = $state(5);
  busy = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  loaded = $state(false);

  async load(): Promise<void> {
    const { autoLock } = this;
    const state = await app.ask("lockState", {});
    if (!state.ok) return;
    this.on = state.value.on;
    // Somebody may have chosen another one meanwhile.
    if (this.autoLock === autoLock) this.autoLock = state.value.autoLock;
    this.loaded = true;
  }

  /** Whether the app is open now. */
  async open(): Promise<boolean> {
    this.busy = true;
    const answer = await app.ask("unlock", { pin: this.pin });
    this.busy = false;
    this.pin = "";
    this.fault = answer.ok ? undefined : answer.fault;
    return answer.ok;
  }

  readonly problem = $derived.by((): "lock.short" | "lock.differ" | undefined => {
    if (this.pin.length < SHORTEST_PIN) return "lock.short";
    return this.pin === this.again ? undefined : "lock.differ";
  });

  /** Whether from now on this PIN, or with nothing none, is needed. */
  async set(pin: string | null): Promise<boolean> {
    this.busy = true;
    const answer = await app.ask("setLock", { pin, old: this.old });
    this.busy = false;
    this.fault = answer.ok ? undefined : answer.fault;
    this.pin = this.again = this.old = "";
    await this.load();
    return answer.ok;
  }

  async setAutoLock(minutes: number): Promise<void> {
    this.autoLock = minutes;
    await app.ask("setAutoLock", { minutes });
  }
}
