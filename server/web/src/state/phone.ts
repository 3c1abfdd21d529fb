// What kind of browser this is, as far as joining and keeping data depend on it.

export type Surroundings =
  /** Inside another app: what is kept here is gone when that app wants. */
  | "in-app"
  /** Safari on an iPhone, not on the Home Screen: the data may be removed after a week without a visit. */
  | "iphone-tab"
  | "installed"
  | "browser";

const IN_APP = /\b(FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|Twitter|Snapchat|Pinterest|TikTok|BytedanceWebview|musical_ly|LinkedInApp|GSA\/|Telegram|WhatsApp|; wv\))/;

export function surroundings(agent: string, touchPoints: number, standalone: boolean): Surroundings {
  if (standalone) return "installed";
  const apple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1);
  // Web views on an iPhone leave out the word that Safari itself always says.
  if (IN_APP.test(agent) || (apple && !/Safari\//.test(agent))) return "in-app";
  return apple ? "iphone-tab" : "browser";
}

export function here(): Surroundings {
  const standalone =
    matchMedia("(display-mode: standalone)").matches || ("standalone" in navigator && navigator.standalone === true);
  return surroundings(navigator.userAgent, navigator.maxTouchPoints, standalone);
}
