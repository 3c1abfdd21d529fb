// The harness and the peers it measures: copied beside our builds, installed there by name, and given our adapter.

import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildAdapter } from "./build.mjs";

/** What it must hold to be one. */
const PARTS = ["bench.mjs", "worker.mjs", "peers.mjs", "package.json", "adapters"];

/** How each peer is installed, and where it then lies. */
const PEERS = {
  "automerge-sync-server": { by: "npm", at: "node_modules/@automerge/automerge-repo-sync-server" },
  "automerge-repo-2": { by: "npm", at: "node_modules/@automerge/automerge-repo" },
  hocuspocus: { by: "npm", at: "node_modules/@hocuspocus/server" },
  "y-sweet": { by: "y-sweet", at: "peers/ysweet/bin/y-sweet" },
  samod: { by: "samod", at: "peers/samod-target/release/samod-server" },
};

const INSTALL = {
  npm: { run: ["npm", "install", "--no-audit", "--no-fund"] },
  "y-sweet": { run: ["cargo", "install", "y-sweet", "--version", "0.9.1", "--locked", "--root", "peers/ysweet"] },
  samod: {
    run: ["cargo", "build", "--release"],
    in: "samod-server",
    env: { CARGO_TARGET_DIR: "../peers/samod-target" },
  },
};

/** Why it cannot be, in one line for whoever called. */
export class Unready extends Error {}

/** Copies the harness to a folder, anew. What is installed there stays. */
export function copyHarness(from, to) {
  const missing = PARTS.filter((part) => !existsSync(join(from, part)));
  if (missing.length > 0) throw new Unready(`${from} is not the harness: it has no ${missing.join(", no ")}`);
  const filter = (path) => !["node_modules", "out"].includes(basename(path));
  cpSync(from, to, { recursive: true, filter });
  // Below our own workspace, Cargo would take it for a part of that.
  const manifest = join(to, "samod-server/Cargo.toml");
  if (existsSync(manifest)) appendFileSync(manifest, "\n[workspace]\n");
}

/** Installs those peers that are wanted; returns the names of those that are there now. */
export function installPeers(folder, wanted) {
  const unknown = wanted.filter((name) => PEERS[name] === undefined);
  if (unknown.length > 0) throw new Unready(`no peer ${unknown.join(", ")}; there are: ${Object.keys(PEERS).join(" ")}`);
  const isThere = (name) => existsSync(join(folder, PEERS[name].at));
  for (const by of new Set(wanted.filter((name) => !isThere(name)).map((name) => PEERS[name].by))) {
    const { run, in: inside = ".", env } = INSTALL[by];
    const [command, ...words] = run;
    console.error(`installing: ${run.join(" ")}`);
    spawnSync(command, words, {
      cwd: join(folder, inside),
      env: { ...process.env, ...env },
      stdio: ["ignore", process.stderr, process.stderr],
    });
  }
  const there = wanted.filter(isThere);
  for (const name of wanted) if (!isThere(name)) console.error(`left out, because it could not be installed: ${name}`);
  return there;
}

/** Adds our adapter, and how our server is started. */
export async function addPorchlight(folder, program) {
  if (!existsSync(program)) throw new Unready(`${program} is not built`);
  rmSync(join(folder, "adapters/porchlight.mjs"), { force: true });
  await buildAdapter(join(folder, "adapters"));
  const registry = join(folder, "peers.mjs");
  const text = readFileSync(registry, "utf8");
  const start = "export const peers = {\n";
  if (!text.includes(start)) throw new Unready(`${registry} lists no peers`);
  const line =
    `  porchlight: { adapter: 'porchlight', cmd: ({ port, dir }) => [${JSON.stringify(program)}, ` +
    "'serve', '--data', dir, '--listen', `127.0.0.1:${port}`, '--groups', 'open'] },\n";
  writeFileSync(registry, text.replace(start, start + line));
}

export const ALL_PEERS = Object.keys(PEERS);
