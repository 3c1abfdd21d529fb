// Short words typed in one line: commas of any script part them.

export function splitWords(text: string): string[] {
  const words = text.split(/[,;،、，]/).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ""))];
}
