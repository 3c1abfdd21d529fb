// The version of the app on this phone: notices a new one, and uses it only when the person says so.

const HOUR_MS = 3_600_000;

export class Release {
  readonly id = document.querySelector<HTMLMetaElement>('meta[name="release"]')?.content ?? "";
  /** A new version is here, whole, and waits. */
  waiting = $state(false);
  /** Another tab went over to a new version; this one still runs the old code. */
  stale = $state(false);
  private postponed = false;
  private wanted = false;
  private restKept = false;
  private registration: ServiceWorkerRegistration | undefined;

  async start(): Promise<void> {
    if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
    const workers = navigator.serviceWorker;
    const controlled = workers.controller !== null;
    workers.addEventListener("controllerchange", () => {
      if (this.wanted) location.reload();
      else if (controlled) this.stale = true;
    });
    try {
      this.registration = await workers.register("/service-worker.js", { updateViaCache: "none" });
    } catch {
      return; // private windows and some in-app browsers refuse; the app works, only not from a cold start offline
    }
    this.watch(this.registration);
    setInterval(() => void this.look(), HOUR_MS);
    document.addEventListener("visibilitychange", () => void this.look());
  }

  useNow(): void {
    this.wanted = true;
    if (this.registration?.waiting) this.registration.waiting.postMessage("use-now");
    else location.reload();
  }

  /** Until the app is opened the next time. */
  later(): void {
    this.postponed = true;
    this.waiting = false;
    this.stale = false;
  }

  /** Keeps the language that is spoken and the screens that were not opened so far, for when there is no network. */
  keepLater(language: string): void {
    this.tell({ keepLanguage: language });
    if (!savesData()) this.tell("keep-later");
  }

  /** Keeps the rest of the core, which is far larger and was just loaded. */
  keepRest(): void {
    if (!this.restKept && !savesData()) this.tell("keep-rest");
    this.restKept = true;
  }

  /** Nothing more once the next release is to take over: it waits until the one of now has nothing to do. */
  private tell(what: string | { keepLanguage: string }): void {
    if (this.wanted) return;
    void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage(what));
  }

  private watch(registration: ServiceWorkerRegistration): void {
    const notice = () => {
      if (registration.waiting && navigator.serviceWorker.controller && !this.postponed) this.waiting = true;
    };
    notice();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", notice);
    });
  }

  private async look(): Promise<void> {
    if (document.visibilityState === "visible") await this.registration?.update().catch(() => undefined);
  }
}

export const release = new Release();

/** Whether the phone is to load only what somebody asks for. */
export function savesData(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
