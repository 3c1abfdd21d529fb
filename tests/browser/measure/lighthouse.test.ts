// What Lighthouse says of the app on its mobile preset: of a first visit, and of the screen that people open most. It prints,
// and judges nothing: performance is the machine's.

import { createServer } from "node:net";
import { test } from "@playwright/test";
import { groupOf } from "../asking";
import { fill } from "../neighborhood";
import { Person } from "../people";
import { Server } from "../server";

/** What is used of it; it has a folder and a lock file of its own, because the stories do without. */
interface Lighthouse {
  default(url: string, flags: object): Promise<{ lhr: { categories: Record<string, { score: number | null }> } } | undefined>;
}
const LIGHTHOUSE = new URL("../lighthouse/node_modules/lighthouse/core/index.js", import.meta.url).href;

const CATEGORIES = ["performance", "accessibility", "best-practices"];

test("what Lighthouse says", async () => {
  const { default: lighthouse } = (await import(LIGHTHOUSE)) as Lighthouse;
  const port = await freePort();
  const server = await Server.start();
  const rosa = await Person.withOwnFolder("Rosa", [`--remote-debugging-port=${port}`]);
  await rosa.found(server, "Elm Street");
  await fill(rosa);
  await rosa.isSent();
  await rosa.shellIsKept();
  const now = `${server.url}/#/group/${groupOf(rosa)}/now`;
  // One tab runs the device; the one that is measured is to be that one.
  await rosa.page.goto("about:blank");

  const flags = { port, onlyCategories: CATEGORIES, logLevel: "error" };
  // The second visit begins with nothing kept, so it must come last.
  for (const [what, url, more] of [
    ["Now, with 400 contacts", now, { disableStorageReset: true }],
    ["a first visit", `${server.url}/`, {}],
  ] as const) {
    const result = await lighthouse(url, { ...flags, ...more });
    const scores = CATEGORIES.map((category) => `${category} ${Math.round(100 * (result?.lhr.categories[category]?.score ?? 0))}`);
    console.log(`Lighthouse, ${what}: ${scores.join(", ")}`);
  }
  await rosa.leave();
  await server.remove();
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
