// Quick hide and the neutral name: what the app looks like to somebody who should not see what it is.

const HIDDEN = "porchlight-hidden";
const NEUTRAL = "porchlight-neutral";

export class Disguise {
  /** A plain list is shown instead of the app; stays so when the page starts afresh. */
  hidden = $state(sessionStorage.getItem(HIDDEN) !== null);
  /** The app goes by another name, with another icon. */
  neutral = $state(localStorage.getItem(NEUTRAL) !== null);
  readonly name = $derived(this.neutral ? "Plan" : "Porchlight");

  hide(): void {
    sessionStorage.setItem(HIDDEN, "");
    this.hidden = true;
  }

  show(): void {
    sessionStorage.removeItem(HIDDEN);
    this.hidden = false;
  }

  setNeutral(neutral: boolean): void {
    if (neutral) localStorage.setItem(NEUTRAL, "");
    else localStorage.removeItem(NEUTRAL);
    this.neutral = neutral;
    this.dress();
  }

  /** Makes the browser's own surfaces say the same: the icon of the tab and what the Home Screen would show. */
  dress(): void {
    const kind = this.neutral ? "plan" : "icon";
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"], link[rel="apple-touch-icon"]')) {
      link.href = link.href.replace(/\/(plan|icon)([.-])/, `/${kind}$2`);
    }
    const manifest = document.querySelector<HTMLLinkElement>('link[rel="manifest"]');
    if (manifest !== null) manifest.href = this.neutral ? "/plan.webmanifest" : "/app.webmanifest";
  }
}

export const disguise = new Disguise();
