// Finds out what the first visits execute of the core, and writes down what they do not: later.txt. Run it by `make profile`.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildCore, LATER, run, runBindings, WHOLE } from "./core.mjs";
import { fail, root, web } from "./place.mjs";

const folder = join(root, "target/web/profile");
const app = join(folder, "app");
const HEADING = "# The functions that the first visits did not execute, by hashes of their names. `make profile` writes this file.";
const ON_A_LINE = 13;

/** Put before the worker's code: lets whoever looks into the worker find the core's exports. */
const SHOW_CORE = `for (const way of ["instantiate", "instantiateStreaming"]) {
  const plain = WebAssembly[way];
  WebAssembly[way] = async (...given) => {
    const made = await plain(...given);
    globalThis.core = (made.instance ?? made).exports;
    return made;
  };
}
`;

buildCore();
// The first load may be too large: that is when somebody runs this.
spawnSync("node", ["build/app.mjs"], { cwd: web, stdio: "inherit" });
if (!existsSync(join(web, "dist/release.json"))) fail("the app could not be built");
rmSync(folder, { recursive: true, force: true });
runBindings("mark", WHOLE, folder);
layOutApp();
visit();
writeList();

/** The app as built, with the core that notes what it executes, in one piece. */
function layOutApp() {
  cpSync(join(web, "dist"), app, { recursive: true, filter: (path) => !/\.(br|gz)$|service-worker/.test(path) });
  const assets = join(app, "assets");
  for (const name of readdirSync(assets)) {
    const file = join(assets, name);
    if (/^core_bg-.*\.wasm$/.test(name)) cpSync(join(folder, "marked.wasm"), file);
    if (/^worker-.*\.js$/.test(name)) writeFileSync(file, SHOW_CORE + readFileSync(file, "utf8"));
  }
}

function visit() {
  const env = { ...process.env, PORCHLIGHT_APP: app, PORCHLIGHT_PROFILE: folder };
  const done = spawnSync("npx", ["playwright", "test", "-c", "profile.config.ts"], { cwd: join(root, "tests/browser"), env, stdio: "inherit" });
  if (done.status !== 0) fail("the first visits did not go well");
}

/** Names that this core lacks stay in the list: another compiler's core has them. */
function writeList() {
  const names = readFileSync(join(folder, "names.txt"), "utf8").trimEnd().split("\n");
  const executed = readFileSync(join(folder, "executed"));
  const needed = new Set(names.filter((_, index) => executed[index] === 1));
  const listed = readFileSync(LATER, "utf8").replace(/^#.*$/gm, "").split(/\s+/);
  const later = [...new Set([...listed, ...names])].filter((name) => /^[0-9a-f]+$/.test(name) && !needed.has(name)).sort();
  const lines = [];
  for (let at = 0; at < later.length; at += ON_A_LINE) lines.push(later.slice(at, at + ON_A_LINE).join(" "));
  writeFileSync(LATER, `${HEADING}\n${lines.join("\n")}\n`);
  console.log(`${needed.size} functions are needed at the first visits, ${later.length} are not`);
}
