// Builds the whole phone app into dist/: core, bundle, service worker, compressed copies, and a check of its size.
// `node build/app.mjs` does nothing when no source changed.

import { build } from "vite";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { brotli } from "./brotli.mjs";
import { buildCore } from "./core.mjs";
import { filesIn, fingerprint } from "./fingerprint.mjs";
import { fail, web } from "./place.mjs";
import { partsOf } from "./parts.mjs";
import { checkSize } from "./size.mjs";

const dist = join(web, "dist");
const releaseFile = join(dist, "release.json");

/** Already compressed, or too small to gain anything. */
const COMPRESSED = /\.(png|br|gz)$/;

const sources = fingerprint([
  ...["src", "public", "build", "index.html", "vite.config.ts", "svelte.config.js", "package.json", "package-lock.json"].map(
    (name) => join(web, name),
  ),
]);
const inputs = createHash("sha256").update(buildCore()).update(sources).digest("hex");

if (!isCurrent()) await buildApp();
checkSize(dist);

function isCurrent() {
  return existsSync(releaseFile) && JSON.parse(readFileSync(releaseFile, "utf8")).inputs === inputs;
}

async function buildApp() {
  rmSync(releaseFile, { force: true });
  await build({ root: web, logLevel: "warn", build: { outDir: dist, emptyOutDir: true } });
  const partOf = partsOf(dist);
  const id = nameRelease();
  const files = releaseFiles(partOf);
  await buildServiceWorker({ id, files });
  await compressAll();
  // Written last: it says that the folder is complete.
  writeFileSync(releaseFile, `${JSON.stringify({ id, inputs, files }, undefined, 1)}\n`);
}

/** Gives the release a name made from its content, and writes it into the page. */
function nameRelease() {
  const page = join(dist, "index.html");
  const { version } = JSON.parse(readFileSync(join(web, "package.json"), "utf8"));
  const id = `${version}-${fingerprint(filesIn(dist)).slice(0, 8)}`;
  const text = readFileSync(page, "utf8");
  const named = text.replace('name="release" content="development"', `name="release" content="${id}"`);
  if (named === text) fail("index.html has no place for the name of the release");
  writeFileSync(page, named);
  return id;
}

/** Everything that is needed offline. Pictures for the Home Screen are fetched once, by whoever puts it there. */
function releaseFiles(partOf) {
  const needed = filesIn(dist).filter((file) => !file.endsWith(".png"));
  return needed.map((file) => {
    const name = relative(dist, file);
    const path = `/${name}`;
    const integrity = `sha256-${createHash("sha256").update(readFileSync(file)).digest("base64")}`;
    return { path: path === "/index.html" ? "/" : path, integrity, part: partOf(name) };
  });
}

async function buildServiceWorker(release) {
  await build({
    root: web,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { RELEASE: JSON.stringify(release) },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: "es2022",
      lib: { entry: join(web, "src/service-worker.ts"), formats: ["iife"], name: "shell", fileName: () => "service-worker.js" },
    },
  });
}

/** Puts .br and .gz beside each file that gains from it, for the server to send as they are. */
async function compressAll() {
  const zip = promisify(gzip);
  const work = filesIn(dist)
    .filter((file) => !COMPRESSED.test(file))
    .map(async (file) => {
      const plain = readFileSync(file);
      const [br, gz] = await Promise.all([brotli(plain), zip(plain, { level: 9 })]);
      if (br.length < plain.length) writeFileSync(`${file}.br`, br);
      if (gz.length < plain.length) writeFileSync(`${file}.gz`, gz);
    });
  await Promise.all(work);
}
