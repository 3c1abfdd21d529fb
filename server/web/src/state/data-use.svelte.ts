// How much this app keeps on the phone and sends over the network.

import { app } from "./app.svelte";

/** What is still on its way counts once it is here, and is heard of late: the service worker leaves word of it. */
const AGAIN_MS = 2_000;

export class DataUse {
  /** Bytes on this phone, as far as the browser says it. */
  stored = $state<number | undefined>(undefined);
  /** Bytes over the network this month. */
  sent = $state<number | undefined>(undefined);

  /** Keeps both fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    const again = setInterval(() => void this.load(), AGAIN_MS);
    return () => clearInterval(again);
  }

  private async load(): Promise<void> {
    const use = await app.ask("dataUse", {});
    if (use.ok) this.sent = use.value;
    // Old browsers and private windows do not say it.
    this.stored = (await navigator.storage?.estimate?.().catch(() => undefined))?.usage;
  }
}
