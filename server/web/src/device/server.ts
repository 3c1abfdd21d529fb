// What a server says about itself to anybody who asks.

import { fetchTimely } from "./timely";

export interface About {
  serverKey: string;
  /** Who may found groups there. */
  groups: "open" | "token" | "closed";
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
