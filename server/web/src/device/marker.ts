// A small mark kept apart from the data, by which the app notices that the browser threw the data away.
// It holds counts and times only: no name, no key.

const KEPT_AS = "porchlight-was-here";

export interface Marker {
  groups: number;
  /** What had not been sent when it was last looked at. */
  unsent: number;
  /** When something was last known to be sent; milliseconds since 1970. */
  lastSent: number | null;
}

export function readMarker(): Marker | undefined {
  try {
    const marker = JSON.parse(localStorage.getItem(KEPT_AS) ?? "null") as Partial<Marker> | null;
    if (marker === null || typeof marker.groups !== "number") return undefined;
    return { groups: marker.groups, unsent: marker.unsent ?? 0, lastSent: marker.lastSent ?? null };
  } catch {
    return undefined;
  }
}

export function writeMarker(marker: Marker): void {
  const text = JSON.stringify(marker);
  // It is written after all news, and most of them change nothing of it.
  if (text !== localStorage.getItem(KEPT_AS)) localStorage.setItem(KEPT_AS, text);
}

/** The person knows and starts afresh. */
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
