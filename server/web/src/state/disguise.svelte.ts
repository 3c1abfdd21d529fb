// Quick hide and the neutral name: what the app looks like to somebody who should not see what it is.

const HIDDEN = "porchlight-hidden";
const NEUTRAL = "porchlight-neutral";

export class Disguise {
  /** A plain list is shown instead of the app, in all its tabs and in those opened later. */
  hidden = $state(localStorage.getItem(HIDDEN) !== null);
  /** The app goes by another name, with another icon. */
  neutral = $state(localStorage.getItem(NEUTRAL) !== null);
  private readonly isPlain = $derived(this.neutral || this.hidden);
  readonly name = $derived(this.isPlain ? "Plan" : "Porchlight");

  /** Follows what is chosen in other tabs; one that slept looks when it is shown again. */
  follow(): void {
    const look = () => this.look();
    addEventListener("storage", look);
    addEventListener("pageshow", look);
    document.addEventListener("visibilitychange", look);
    this.dress();
  }

  hide(): void {
    localStorage.setItem(HIDDEN, "");
    this.look();
  }

  show(): void {
    localStorage.removeItem(HIDDEN);
    this.look();
  }

  setNeutral(neutral: boolean): void {
    if (neutral) localStorage.setItem(NEUTRAL, "");
    else localStorage.removeItem(NEUTRAL);
    this.look();
  }

  private look(): void {
    this.hidden = localStorage.getItem(HIDDEN) !== null;
    this.neutral = localStorage.getItem(NEUTRAL) !== null;
    this.dress();
  }

  /** Makes the browser's own surfaces say the same: the icon of the tab and what the Home Screen would show. */
  private dress(): void {
    const kind = this.isPlain ? "plan" : "icon";
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"], link[rel="apple-touch-icon"]')) {
      link.href = link.href.replace(/\/(plan|icon)([.-])/, `/${kind}$2`);
    }
    const manifest = document.querySelector<HTMLLinkElement>('link[rel="manifest"]');
    if (manifest !== null) manifest.href = this.isPlain ? "/plan.webmanifest" : "/app.webmanifest";
  }
}

export const disguise = new Disguise();
