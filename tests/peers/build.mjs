// Builds the adapter, with the app's core, into a folder: `node build.mjs FOLDER` makes FOLDER/porchlight.mjs.

import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const web = resolve(here, "../../server/web");

/** The core adds its rest by a module in TypeScript, which Vite reads and older Nodes do not. */
export async function buildAdapter(folder) {
  const vite = createRequire(join(web, "package.json")).resolve("vite");
  const { build } = await import(pathToFileURL(vite));
  await build({
    configFile: false,
    logLevel: "warn",
    root: here,
    ssr: { noExternal: true },
    build: {
      ssr: join(here, "adapter.mjs"),
      outDir: folder,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "porchlight.mjs", codeSplitting: false } },
    },
  });
  mkdirSync(folder, { recursive: true });
  for (const file of ["core_bg.wasm", "rest_bg.wasm"]) copyFileSync(join(web, "pkg", file), join(folder, file));
  return join(folder, "porchlight.mjs");
}

const [, script, folder] = process.argv;
if (script === fileURLToPath(import.meta.url)) await buildAdapter(resolve(folder));
