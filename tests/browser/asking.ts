// Asks a person's device what no screen asks in a story.

import type { Person } from "./people";
import type { Server } from "./server";

/** The group whose screen is open. */
export function groupOf({ page }: Person): string {
  return /group\/([0-9a-f]+)/.exec(page.url())?.[1] ?? "";
}

/** Makes a circle of the group whose screen is open, and gives its id. */
export async function foundCircle(person: Person, server: Server, name: string, purpose: string): Promise<string> {
  const token = server.startLink.replace(/^.*#\/start\//, "");
  const circle = await ask(person, { do: "about", group: groupOf(person), ask: { foundCircle: { name, purpose, token } } });
  return circle as string;
}

export async function ask(person: Person, request: object, file?: Buffer): Promise<unknown> {
  const answer = await person.page.evaluate(
    async ({ request, file }) => {
      const channel = new BroadcastChannel("porchlight/1");
      const from = crypto.randomUUID();
      const heard = new Promise<unknown>((resolve) => {
        channel.onmessage = ({ data }: MessageEvent<{ tab?: string; answer?: unknown }>) => {
          if (data.tab === from) resolve(data.answer);
        };
      });
      const bytes = file === undefined ? {} : { bytes: Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)) };
      channel.postMessage({ to: "device", from, kind: "ask", id: 1, request, ...bytes });
      const answer = await heard;
      channel.close();
      return answer as { ok: boolean; value?: unknown };
    },
    { request, file: file?.toString("base64") },
  );
  if (!answer.ok) throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(answer)}`);
  return answer.value;
}
