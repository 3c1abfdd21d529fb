// A note as it is read: its lines gathered into headings, lists and paragraphs.

import type { Line } from "../device/note-messages";

export type Block =
  | { is: "heading"; level: 2 | 3; text: string; line: Line }
  | { is: "list"; lines: Line[] }
  | { is: "text"; lines: Line[] };

/** Empty lines and boxes without words only separate what stands around them. */
export function blocksOf(lines: readonly Line[]): Block[] {
  const blocks: Block[] = [];
  let last: Block | undefined;
  for (const line of lines) {
    const heading = /^\s*(#{1,6})\s+(.*)$/.exec(line.text);
    const kind = isBlank(line) ? undefined : heading !== null ? "heading" : isItem(line) ? "list" : "text";
    if (kind === undefined) {
      last = undefined;
    } else if (heading !== null) {
      blocks.push({ is: "heading", level: (heading[1] ?? "").length > 2 ? 3 : 2, text: heading[2] ?? "", line });
      last = undefined;
    } else if (last !== undefined && last.is === kind && last.is !== "heading") {
      last.lines.push(line);
    } else {
      const begun: Block = { is: kind === "list" ? "list" : "text", lines: [line] };
      blocks.push(begun);
      last = begun;
    }
  }
  return blocks;
}

/** A line of a list without its bullet. */
export function withoutBullet(text: string): string {
  return text.replace(/^\s*[-*+]\s+/, "");
}

function isItem({ task, text }: Line): boolean {
  return task !== null || /^\s*[-*+]\s/.test(text);
}

/** Nothing to read, and no question to answer. */
function isBlank({ task, what, text, asked, conflicts }: Line): boolean {
  if (asked !== null || conflicts.length > 0) return false;
  const words = task === null ? withoutBullet(`${text} `) : (what ?? "");
  return words.trim() === "";
}
