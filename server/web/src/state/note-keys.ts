// What the buttons and the Enter key do to a note in Markdown.

export interface Typed {
  text: string;
  caret: number;
}

/** What a line may begin with. */
export const MARKS = { task: "- [ ] ", list: "- ", heading: "## " } as const;
export type Mark = keyof typeof MARKS;

const MARK = /^(\s*)([-*+] \[[ xX]?\] ?|[-*+] |#{1,6} )?/;

/** Puts a mark before the line of the caret, instead of another; the same one again takes it away. */
export function withMark({ text, caret }: Typed, mark: Mark): Typed {
  const start = text.lastIndexOf("\n", caret - 1) + 1;
  const [, indent = "", old = ""] = MARK.exec(text.slice(start)) ?? [];
  const from = start + indent.length;
  const put = old === MARKS[mark] ? "" : MARKS[mark];
  const after = text.slice(0, from) + put + text.slice(from + old.length);
  return { text: after, caret: Math.max(caret, from + old.length) + put.length - old.length };
}

/** Enter in a list goes on with it, and ends it where nothing was written; nothing if it is an ordinary Enter. */
export function afterEnter({ text, caret }: Typed): Typed | undefined {
  const start = text.lastIndexOf("\n", caret - 1) + 1;
  const line = text.slice(start, caret);
  const item = /^(\s*)([-*+] )(\[[ xX]?\] ?)?/.exec(line);
  if (item === null) return undefined;
  const [mark, indent = "", bullet = "", box] = item;
  if (line === mark) return { text: text.slice(0, start) + text.slice(caret), caret: start };
  const put = `\n${indent}${bullet}${box === undefined ? "" : "[ ] "}`;
  return { text: text.slice(0, caret) + put + text.slice(caret), caret: caret + put.length };
}
