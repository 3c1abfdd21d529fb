// A small mark kept apart from the data, by which the app notices that the browser threw the data away.
// It holds counts and times only: no name, no key.

const KEPT_AS = "porchlight-was-here";

export interface Marker {
  groups: number;
  /** What had not been sent when it was last looked at. */
  unsent: number;
  /** When something was last known to be sent; milliseconds since 1970. */
  lastSent: number | null;
  /** The turn in which the data was opened then; nothing once it is known to be gone. */
  turn?: number;
}

/** So often nobody opens the app without the mark being written anew. */
const MOST_TURNS = 10_000;

export function readMarker(): Marker | undefined {
  try {
    const marker = JSON.parse(localStorage.getItem(KEPT_AS) ?? "null") as Partial<Marker> | null;
    if (marker === null || typeof marker.groups !== "number") return undefined;
    const { groups, unsent = 0, lastSent = null, turn } = marker;
    return { groups, unsent, lastSent, ...(typeof turn === "number" && { turn }) };
  } catch {
    return undefined;
  }
}

export function writeMarker(marker: Marker): void {
  const text = JSON.stringify(marker);
  // It is written after all news, and most of them change nothing of it.
  if (text !== localStorage.getItem(KEPT_AS)) localStorage.setItem(KEPT_AS, text);
}

/** Whether the data that is opened in this turn is what the mark was made beside, and not made anew since. */
export function isBeside(marker: Marker, turn: number): boolean {
  const turns = turn - (marker.turn ?? Number.NaN);
  return turns >= 0 && turns < MOST_TURNS;
}

/** The person knows and starts afresh; or what was here was given up, and nothing is lost. */
export function clearMarker(): void {
  localStorage.removeItem(KEPT_AS);
}

export type Persistence = "granted" | "refused" | "unknown";

/** Asks the browser not to throw the data away; some ask the person, most decide on their own. */
export async function askToPersist(): Promise<Persistence> {
  if (navigator.storage?.persist === undefined) return "unknown";
  return (await navigator.storage.persist()) ? "granted" : "refused";
}

export async function persistence(): Promise<Persistence> {
  if (navigator.storage?.persisted === undefined) return "unknown";
  return (await navigator.storage.persisted()) ? "granted" : "refused";
}
