// What crosses between the threads about the group itself and its circles: types and no code. The same shapes as
// protocol/wasm/src/about.rs.

import type { Id } from "./messages";

/** Requests by what they ask; one of them stands in `{ group, ask: { circles: {} } }`. */
export interface AboutRequests {
  details: { ask: object; get: GroupDetails };
  /** What is not named stays; an empty text takes away what was said. */
  change: { ask: Partial<Record<GroupField, string>>; get: null };
  renameSelf: { ask: { name: string }; get: null };
  /** `off`: those that were taken off the list and in which this phone is. */
  circles: { ask: object; get: { circles: Circle[]; off: Circle[]; version: string } };
  /** Founds one on the group's server and lists it. */
  foundCircle: { ask: { name: string; purpose: string; token: string | null }; get: Id };
  listCircle: { ask: { circle: Id; name: string; purpose: string }; get: null };
  /** What others are called who say that they are a contact. */
  claimants: { ask: { contact: Id }; get: string[] };
  /** Takes it off the list, and does nothing to the circle. */
  dropCircle: { ask: { circle: Id }; get: null };
}

export type GroupField = "name" | "country" | "locale" | "zone";

/** What the group says about itself, and what I am called in it. */
export interface GroupDetails {
  name: string;
  country: string | null;
  locale: string | null;
  zone: string | null;
  ownName: string;
  version: string;
}

/** A circle: a group of its own, of which the others see the name. */
export interface Circle {
  id: Id;
  name: string;
  purpose: string;
  /** `asked`: on the way in. */
  standing: "in" | "asked" | "out";
  /** How many are in it; null where this phone is not. */
  members: number | null;
}
