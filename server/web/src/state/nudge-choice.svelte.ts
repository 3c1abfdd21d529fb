// Whether this phone wants to be reminded while the app is open, and what it was reminded of and nobody closed yet.

const CHOSEN = "porchlight-nudges";

/** A reminder as it is shown; without words if the app must not say what it is about. */
export interface ShownNudge {
  key: string;
  /** In the language that is spoken when it is asked. */
  text: () => string;
  /** The shift's own screen. */
  href: string | undefined;
}

export class NudgeChoice {
  on = $state(localStorage.getItem(CHOSEN) !== null);
  shown = $state.raw<readonly ShownNudge[]>([]);
  /** What the browser says of notifications outside the app. */
  permission = $state<NotificationPermission | "unknown">(permission());

  /** Asks the browser too, the first time. */
  async set(on: boolean): Promise<void> {
    if (on) localStorage.setItem(CHOSEN, "");
    else localStorage.removeItem(CHOSEN);
    this.on = on;
    this.shown = [];
    if (on && permission() === "default") await Notification.requestPermission();
    this.permission = permission();
  }

  /** Reminds until the function that is returned is called, if this phone wants that. */
  follow(): () => void {
    if (!this.on) return () => undefined;
    let stop: (() => void) | undefined;
    let isOver = false;
    void import("./nudging.svelte").then(({ follow }) => {
      if (!isOver) stop = follow(this);
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }
}

export const nudgeChoice = new NudgeChoice();

function permission(): NotificationPermission | "unknown" {
  return "Notification" in globalThis ? Notification.permission : "unknown";
}
