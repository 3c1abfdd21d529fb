// Which screen is shown: the part of the address after #, with secrets taken out of it at once.

import { isDay } from "./days";
import type { MessageKey } from "./language.svelte";
import { kindOfLink, linkIn } from "./links";

/** Where one can be. `link` is a whole secret link that was opened; it is shown nowhere and kept nowhere. */
export type Place =
  | { at: "home" }
  | { at: "start"; token: string }
  | { at: "join"; link: string }
  /** `link`: by which a group is followed to another server. */
  | { at: "move"; link: string }
  | { at: "settings" }
  | { at: "now"; group: string }
  /** `day`: the first of the weeks that are listed is that of this day. */
  | { at: "shifts"; group: string; day?: string }
  /** `day`: one of those that are shown; today if nothing is said. */
  | { at: "shift-days"; group: string; span: Span; day?: string }
  | { at: "shift"; group: string; shift: string }
  | { at: "shift-new"; group: string }
  | { at: "shift-edit"; group: string; shift: string }
  | { at: "shift-templates"; group: string }
  | { at: "gaps"; group: string }
  | { at: "group"; group: string }
  | { at: "contacts"; group: string; contact?: string }
  | { at: "contact-new"; group: string }
  | { at: "contact-edit"; group: string; contact: string }
  | { at: "notes"; group: string }
  | { at: "note"; group: string; note: string; writing?: true }
  | { at: "tasks"; group: string }
  | { at: "decisions"; group: string }
  | { at: "decision"; group: string; decision: string }
  /** `note`: the minutes that it is to be linked from. */
  | { at: "decision-new"; group: string; note?: string }
  | { at: "tree" | "confirming" | "duplicates"; group: string }
  | { at: "import"; group: string }
  | { at: "print"; group: string; what: Sheet }
  | { at: "export"; group: string }
  | { at: GroupPart; group: string };

/** The parts of the group's own screen. */
const GROUP_PARTS = ["newcomers", "devices", "details", "keeping", "carry"] as const;
type GroupPart = (typeof GROUP_PARTS)[number];

/** How much of the calendar of shifts is shown at once. */
const SPANS = ["day", "week", "month"] as const;
export type Span = (typeof SPANS)[number];

/** What can be put on paper. */
export const SHEETS = ["contacts", "card", "shifts", "signIn"] as const;
export type Sheet = (typeof SHEETS)[number];

export function isOfShifts(what: Sheet): boolean {
  return what === "shifts" || what === "signIn";
}

export function isGroupPart(at: string): at is GroupPart {
  return GROUP_PARTS.some((part) => part === at);
}

export class Route {
  place = $state.raw<Place>({ at: "home" });
  /** From where the settings were opened; they belong to no group. */
  before: Place = { at: "home" };
  /** The screen from which this one was opened. */
  from: Place["at"] = "home";
  /** Whether the address says it. */
  private isTold = true;

  start(): void {
    this.read();
    // Back and forward, and what somebody wrote into the address bar.
    addEventListener("hashchange", () => this.read());
    addEventListener("click", (event) => this.follow(event));
  }

  go(place: Place): void {
    const left = this.place;
    if (left.at !== "settings") this.before = this.place;
    this.show(place);
    // After the screen, which is made at the end of this turn too.
    if (this.isTold) queueMicrotask(() => this.tell(left));
    this.isTold = false;
  }

  /** The same, without a step to come back to. */
  replace(place: Place): void {
    const left = this.place;
    if (this.isTold) history.replaceState(null, "", hashOf(place));
    this.show(place);
    // Once it is made: what was there before may have been scrolled.
    if (isElsewhere(place, left)) queueMicrotask(() => scrollTo(0, 0));
  }

  /**
   * The ways on from this screen, for what takes its time: they lead nowhere once the person has gone to another one, who
   * would be torn out of it.
   */
  fromHere(): Pick<Route, "go" | "replace"> {
    const here = hashOf(this.place);
    const stays = () => hashOf(this.place) === here;
    return {
      go: (place) => stays() && this.go(place),
      replace: (place) => stays() && this.replace(place),
    };
  }

  private show(place: Place): void {
    this.from = this.place.at;
    this.place = place;
  }

  /** Once the screen is made: whoever tells the browser another address has it laid out, and the old one needs no more. */
  private tell(left: Place): void {
    this.isTold = true;
    const hash = hashOf(this.place);
    if (hash !== location.hash) history.pushState(null, "", hash);
    if (isElsewhere(this.place, left)) scrollTo(0, 0);
  }

  /** A tap on a link shows its screen at once: left to the browser, it is laid out once more and comes two frames later. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const href = event.target instanceof Element ? event.target.closest("a")?.getAttribute("href") : undefined;
    if (href?.startsWith("#/") !== true) return;
    event.preventDefault();
    this.go(placeOf(href, location.origin));
  }

  private read(): void {
    const place = placeOf(location.hash, location.origin);
    // A secret must not stay in the address bar, in the history or in a shared screenshot.
    if (place.at === "start" || place.at === "join" || place.at === "move") history.replaceState(null, "", hashOf(place));
    this.show(place);
  }
}

/** Whether it is another screen, or that of another group, which begins at its top. */
function isElsewhere(place: Place, left: Place): boolean {
  const group = (of: Place) => ("group" in of ? of.group : undefined);
  return place.at !== left.at || group(place) !== group(left);
}

export const route = new Route();

/** Opens a secret link that was pasted or scanned, in place of this screen; false if it is none. */
export function openLink(text: string): boolean {
  const [kind, link] = [kindOfLink(text), linkIn(text)];
  if (kind === undefined) return false;
  route.replace(kind === "start" ? { at: kind, token: link } : { at: kind, link });
  return true;
}

export function placeOf(hash: string, origin: string): Place {
  const [, first, second, third, fourth, fifth] = hash.replace(/^#/, "").split("/");
  if (first === "start" || first === "join" || first === "move") {
    // Where a chat takes the full stop behind a link for part of it.
    const [secret = ""] = /^[\w-]*/.exec(second ?? "") ?? [];
    if (first === "start") return { at: first, token: secret };
    return { at: first, link: secret === "" ? "" : `${origin}/#/${first}/${secret}` };
  }
  if (first === "settings") return { at: "settings" };
  if (first !== "group" || second === undefined) return { at: "home" };
  const group = second;
  if (third !== undefined && isGroupPart(third)) return { at: third, group };
  if (third === "now") return { at: "now", group };
  const what = SHEETS.find((sheet) => sheet === fourth);
  if (third === "print" && what !== undefined) return { at: "print", group, what };
  if (third === "shifts") return shiftPlace(group, fourth, fifth);
  if (third === "notes" || third === "tasks" || third === "decisions") return placeInNotes(group, third, fourth, fifth);
  if (third !== "contacts") return { at: "group", group };
  if (fourth === undefined) return { at: "contacts", group };
  if (fourth === "new") return { at: "contact-new", group };
  if (fourth === "import" || fourth === "export") return { at: fourth, group };
  if (fourth === "tree" || fourth === "confirming" || fourth === "duplicates") return { at: fourth, group };
  if (fifth === "edit") return { at: "contact-edit", group, contact: fourth };
  return { at: "contacts", group, contact: fourth };
}

function shiftPlace(group: string, fourth: string | undefined, fifth: string | undefined): Place {
  if (fourth === undefined) return { at: "shifts", group };
  if (fourth === "new") return { at: "shift-new", group };
  if (isDay(fourth)) return { at: "shifts", group, day: fourth };
  const span = SPANS.find((span) => span === fourth);
  if (span !== undefined) return { at: "shift-days", group, span, ...(isDay(fifth) && { day: fifth }) };
  if (fourth === "gaps") return { at: "gaps", group };
  if (fourth === "templates") return { at: "shift-templates", group };
  return { at: fifth === "edit" ? "shift-edit" : "shift", group, shift: decoded(fourth) };
}

/** What was typed into the address bar need not be written well. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function placeInNotes(group: string, part: "notes" | "tasks" | "decisions", item?: string, more?: string): Place {
  if (part === "tasks" || !item) return { at: part, group };
  if (part === "notes") return { at: "note", group, note: item, ...(more === "write" && { writing: true }) };
  if (item === "new") return { at: "decision-new", group, ...(more && { note: more }) };
  return { at: "decision", group, decision: item };
}

/** What the address bar may show: never a secret. */
export function hashOf(place: Place): string {
  switch (place.at) {
    case "home":
      return "#/";
    case "start":
    case "join":
    case "move":
    case "settings":
      return `#/${place.at}`;
    case "group":
      return `#/group/${place.group}`;
    case "print":
      return `#/group/${place.group}/print/${place.what}`;
    case "now":
      return `#/group/${place.group}/now`;
    case "shifts":
      return `#/group/${place.group}/shifts${place.day === undefined ? "" : `/${place.day}`}`;
    case "shift-days":
      return `#/group/${place.group}/shifts/${place.span}${place.day === undefined ? "" : `/${place.day}`}`;
    case "shift":
      return `#/group/${place.group}/shifts/${encodeURIComponent(place.shift)}`;
    case "shift-edit":
      return `#/group/${place.group}/shifts/${encodeURIComponent(place.shift)}/edit`;
    case "gaps":
      return `#/group/${place.group}/shifts/gaps`;
    case "shift-new":
      return `#/group/${place.group}/shifts/new`;
    case "shift-templates":
      return `#/group/${place.group}/shifts/templates`;
    case "contacts":
      return `#/group/${place.group}/contacts${place.contact === undefined ? "" : `/${place.contact}`}`;
    case "notes":
    case "tasks":
    case "decisions":
    case "newcomers":
    case "devices":
    case "details":
    case "keeping":
    case "carry":
      return `#/group/${place.group}/${place.at}`;
    case "note":
      return `#/group/${place.group}/notes/${place.note}${place.writing ? "/write" : ""}`;
    case "decision":
      return `#/group/${place.group}/decisions/${place.decision}`;
    case "decision-new":
      return `#/group/${place.group}/decisions/new${place.note === undefined ? "" : `/${place.note}`}`;
    case "contact-new":
      return `#/group/${place.group}/contacts/new`;
    case "contact-edit":
      return `#/group/${place.group}/contacts/${place.contact}/edit`;
    case "tree":
    case "confirming":
    case "duplicates":
    case "import":
    case "export":
      return `#/group/${place.group}/contacts/${place.at}`;
  }
}

/** What the window is called there: never a name that somebody typed. */
export function titleOf(place: Place): MessageKey {
  switch (place.at) {
    case "home":
      return "welcome.title";
    case "contact-new":
      return "contact.newTitle";
    case "contact-edit":
      return "contact.editTitle";
    case "shift-days":
      return "shifts.title";
    case "shift-new":
      return "shift.newTitle";
    case "shift-edit":
      return "shift.editTitle";
    case "shift-templates":
      return "template.title";
    case "decision-new":
      return "decision.newTitle";
    default:
      return `${place.at}.title`;
  }
}
