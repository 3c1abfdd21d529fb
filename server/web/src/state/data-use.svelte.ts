// How much this app keeps on the phone and sends over the network.

import { app } from "./app.svelte";

export class DataUse {
  /** Bytes on this phone, as far as the browser says it. */
  stored = $state<number | undefined>(undefined);
  /** Bytes over the network this month. */
  sent = $state<number | undefined>(undefined);

  async load(): Promise<void> {
    const use = await app.ask("dataUse", {});
    if (use.ok) this.sent = use.value;
    // Old browsers and private windows do not say it.
    this.stored = (await navigator.storage?.estimate?.().catch(() => undefined))?.usage;
  }
}
