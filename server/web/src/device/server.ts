// What a server says about itself to anybody who asks.

import { fetchTimely } from "./timely";

export interface About {
  serverKey: string;
  /** Who may found groups there. */
  groups: "open" | "token" | "closed";
}

/** What a server says when it is asked whether it would take a group that moves to it. */
export interface Taking {
  serverKey: string;
  /** "yes", or why not; protocol/README.md has all of them. */
  takes: string;
}

/** Asks before an organizer signs that everybody goes there; nothing of the token is used up. Nothing, where nobody answers. */
export async function askWhetherTaken(url: string, group: string, token: string | null): Promise<Taking | undefined> {
  const body = new URLSearchParams({ ...(token !== null && { token }), group });
  const said = async (answer: Response): Promise<Taking | undefined> => {
    if (answer.status === 400) return { serverKey: "", takes: "token_damaged" };
    // Too much was asked, or a server of an earlier version is asked what it cannot say.
    if ([405, 429, 503].includes(answer.status)) return { serverKey: "", takes: "not_now" };
    const about = (answer.ok ? await answer.json() : {}) as Record<string, unknown>;
    const { server_key: serverKey, takes } = about;
    return typeof serverKey === "string" && typeof takes === "string" ? { serverKey, takes } : undefined;
  };
  try {
    return await fetchTimely(`${url}/about`, { method: "POST", body, cache: "no-store", redirect: "error" }, said);
  } catch {
    return undefined;
  }
}

/** Nothing, where no Porchlight server answers. */
export async function askAbout(url: string): Promise<About | undefined> {
  try {
    const said = async (answer: Response): Promise<unknown> => (answer.ok ? await answer.json() : undefined);
    const about = await fetchTimely(`${url}/about`, { cache: "no-store", redirect: "error" }, said);
    if (typeof about !== "object" || about === null) return undefined;
    const { server_key: serverKey, groups } = about as Record<string, unknown>;
    if (typeof serverKey !== "string") return undefined;
    return { serverKey, groups: groups === "open" || groups === "closed" ? groups : "token" };
  } catch {
    return undefined;
  }
}
