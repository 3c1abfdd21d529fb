// What crosses between the threads about the archive of a group: types and no code. The same shapes as
// protocol/wasm/src/archive.rs and protocol/documents/src/archive/report.rs.

/** Requests by what they ask; one of them stands in `{ group, ask: { export: {} } }`. */
export interface ArchiveRequests {
  /** The archive, in Base64. */
  export: { ask: object; get: string };
  /** What taking the file that comes along would do. */
  preview: { ask: object; get: ArchiveReport };
  import: { ask: object; get: ArchiveReport };
}

export interface ArchiveReport {
  /** What the group is called whose archive it is; null if it is a folder of others. */
  group: string | null;
  /** It is of another group. */
  isOfAnother: boolean;
  /** Its end is missing. */
  isCut: boolean;
  files: ArchiveFile[];
  totals: Record<ArchiveTotal | "rows", number>;
}

export type ArchiveTotal = "added" | "changed" | "unchanged" | "kept" | "leftOut" | "forgotten" | "refused" | "badFiles";

export interface ArchiveFile {
  path: string;
  is: "read" | "copy" | "foreign" | "refused";
  /** In English, where it was refused. */
  why?: string;
  rows: ArchiveRow[];
}

/** What one person, shift, note or decision came to, or a part of a shift. */
export type ArchiveRow = {
  name: string;
  /** The day of a shift. */
  day?: string;
  part?: "person" | "signUps" | "stays" | "checks" | "handOver" | "settings" | "phoneTree";
} & ({ was: "added" | "changed" | "unchanged" | "kept" } | { was: "leftOut"; why: ArchiveReason } | { was: "refused"; why: string });

/** Why something was left out. */
export type ArchiveReason = "removedHere" | "offTheList" | "thisGroup" | "organizersOnly" | "peopleRemoved" | "nameless" | "forgotten";
