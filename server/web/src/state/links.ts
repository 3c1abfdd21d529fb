// Links that people paste: told apart by what follows the #, wherever else they point.

/** Which kind of secret link a text is. */
export function kindOfLink(text: string): "join" | "start" | "move" | undefined {
  if (/#\/join\/./.test(text)) return "join";
  if (/#\/start\/./.test(text)) return "start";
  if (/#\/move\/./.test(text)) return "move";
  return undefined;
}

/** The server and the token of a start link, or of a token alone; no token where nothing was pasted. */
export function startLink(text: string, origin: string): { url: string; token: string | null } {
  const trimmed = text.trim();
  const whole = /^(https?:\/\/.+?)\/*#\/start\/(.+)$/.exec(trimmed);
  if (whole?.[1] !== undefined && whole[2] !== undefined) return { url: whole[1].replace(/\/+$/, ""), token: whole[2] };
  return { url: origin, token: trimmed || null };
}
