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

const SCREENS = ["a first visit", "Now, with 400 contacts"] as const;

for (const screen of SCREENS) {
  test(`what Lighthouse says: ${screen}`, async () => {
    const { default: lighthouse } = (await import(LIGHTHOUSE)) as Lighthouse;
    const port = await freePort();
    const server = await Server.start();
    const rosa = await Person.withOwnFolder("Rosa", [`--remote-debugging-port=${port}`]);
    let url = `${server.url}/`;
    if (screen !== "a first visit") {
      await rosa.found(server, "Elm Street");
      await fill(rosa);
      await rosa.isSent();
      await rosa.shellIsKept();
      url = `${server.url}/#/group/${groupOf(rosa)}/now`;
      // One tab runs the device; the one that is measured is to be that one.
      await rosa.page.goto("about:blank");
    }
    const result = await lighthouse(url, { port, onlyCategories: CATEGORIES, logLevel: "error", disableStorageReset: true });
    const scores = CATEGORIES.map((category) => `${category} ${Math.round(100 * (result?.lhr.categories[category]?.score ?? 0))}`);
    console.log(`Lighthouse, ${screen}: ${scores.join(", ")}`);
    await rosa.leave();
    await server.remove();
  });
}

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
