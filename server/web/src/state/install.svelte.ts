// Putting the app on the Home Screen: whether to offer it, and the browser's own prompt where it has one.

import { here } from "./phone";

/** Chromium's event; it is in no standard, so TypeScript does not know it. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
  readonly userChoice: Promise<{ outcome: "accepted" | "dismissed" }>;
}

const DECLINED = "porchlight-install-later";

export class Install {
  private prompt = $state.raw<InstallPrompt | undefined>(undefined);
  private declined = $state(localStorage.getItem(DECLINED) !== null);
  private readonly surroundings = here();

  /** How it can be done here: by the browser's prompt, by hand as on an iPhone, or not at all. */
  readonly way = $derived.by((): "prompt" | "by-hand" | undefined => {
    if (this.declined || this.surroundings === "installed") return undefined;
    if (this.prompt !== undefined) return "prompt";
    return this.surroundings === "iphone-tab" ? "by-hand" : undefined;
  });

  start(): void {
    addEventListener("beforeinstallprompt", (event) => {
      // Offered where it makes sense: once there is a group, and not in the middle of joining.
      event.preventDefault();
      this.prompt = event as InstallPrompt;
    });
    addEventListener("appinstalled", () => (this.prompt = undefined));
  }

  async now(): Promise<void> {
    const prompt = this.prompt;
    this.prompt = undefined;
    await prompt?.prompt();
  }

  later(): void {
    localStorage.setItem(DECLINED, "");
    this.declined = true;
  }
}

export const install = new Install();
