// Links that people paste: told apart by what follows the #, wherever else they point.

/** Which kind of secret link a text is. */
export function kindOfLink(text: string): "join" | "start" | "move" | undefined {
  if (/#\/join\/./.test(text)) return "join";
  if (/#\/start\/./.test(text)) return "start";
  if (/#\/move\/./.test(text)) return "move";
  return undefined;
}

/** The host of a link that leads every phone to itself; nothing if others can open it. */
export function hostOnlyHere(link: string): string | undefined {
  const host = URL.canParse(link) ? new URL(link) : undefined;
  return host !== undefined && /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(host.hostname) ? host.host : undefined;
}

/** So many characters a whole link of its kind has at least behind its mark; one that is shorter goes on in the next line. */
const SHORTEST = { join: 190, start: 86, move: 190 };

/** Whether a link to a group's new server is so short that it must have been cut off. */
export function isCutOff(link: string): boolean {
  return (/#\/move\/(.*)$/.exec(link)?.[1] ?? "").length < SHORTEST.move;
}

/**
 * The link in a text that was copied from a chat or an e-mail: with words around it, in angle brackets, before a full stop,
 * or broken into lines. The text as it is, if there is none.
 */
export function linkIn(text: string): string {
  const begin = /https?:\/\/[^\s<>"]*#\/(join|start|move)\//.exec(text);
  if (begin === null) return text.trim();
  let rest = text.slice(begin.index + begin[0].length);
  let secret = "";
  for (;;) {
    const [piece = ""] = /^[\w-]*/.exec(rest) ?? [];
    secret += piece;
    rest = rest.slice(piece.length);
    const [gap] = /^\s*\n\s*(?=[\w-])/.exec(rest) ?? [];
    if (gap === undefined || secret.length >= SHORTEST[begin[1] as keyof typeof SHORTEST]) return begin[0] + secret;
    rest = rest.slice(gap.length);
  }
}

/** The server and the token of a start link, or of a token alone; no token where nothing was pasted. */
export function startLink(text: string, origin: string): { url: string; token: string | null } {
  const trimmed = linkIn(text);
  const whole = /^(https?:\/\/.+?)\/*#\/start\/(.+)$/.exec(trimmed);
  if (whole?.[1] !== undefined && whole[2] !== undefined) return { url: whole[1].replace(/\/+$/, ""), token: whole[2] };
  return { url: origin, token: trimmed || null };
}
