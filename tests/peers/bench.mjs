// Measures Porchlight and other sync servers under one load, peer after peer in each round, and prints medians and ratios.
//
// The load is a harness that is not part of this repository: `make bench-peers HARNESS=folder`.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ALL_PEERS, Unready, addPorchlight, copyHarness, installPeers } from "./harness.mjs";
import { OURS, table } from "./table.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "target/peers");

/** How each workload is run in a round; `once`: in the first round only, because it repeats within itself or is long. */
const WORKLOADS = {
  w1: { options: ["reps=1"] },
  w2: { options: ["reps=2"] },
  w3: { options: ["reps=1", "limit=60"] },
  w4: { options: ["reps=1", "idle=10", "mode=open", "clients=50"], once: true },
  w5: { options: ["tries=10", "delays=0,100,1000"], once: true },
  w6: { options: ["reps=3", "turn=500", "seedlimit=150"], once: true },
};

/** One run that takes longer is ended: it is hung. */
const LONGEST_MS = 10 * 60 * 1000;

/** Runs take ports one after the other, so many at most, below those that systems give to connections. */
const PORTS = { from: 12_000, each: 200, upTo: 32_000 };

/** By default one server drops whoever opens 200 documents at once, over and over. */
const environment = { ...process.env, HP_MAX_PENDING: "1000" };

async function main() {
  const harness = process.env["HARNESS"] ?? "";
  if (harness === "") throw new Unready("say where the harness is: make bench-peers HARNESS=folder");
  const workloads = words("WORKLOADS", Object.keys(WORKLOADS));
  const unknown = workloads.filter((name) => WORKLOADS[name] === undefined);
  if (unknown.length > 0) throw new Unready(`no workload ${unknown.join(", ")}; there are: ${Object.keys(WORKLOADS).join(" ")}`);

  copyHarness(resolve(harness), folder);
  const others = installPeers(folder, words("PEERS", ALL_PEERS));
  await addPorchlight(folder, join(root, "target/release/porchlight"));

  const peers = [OURS, ...others];
  const out = join(folder, "out", String(Date.now()));
  mkdirSync(out, { recursive: true });
  const rounds = Number(process.env["ROUNDS"] ?? 3);
  for (let round = 0; round < rounds; round++) {
    for (const workload of workloads) {
      if (round > 0 && WORKLOADS[workload].once === true) continue;
      for (const peer of peers) {
        console.error(`round ${round + 1} of ${rounds}: ${workload} ${peer}`);
        await run(peer, workload, out);
      }
    }
  }
  tell(out, peers);
}

function words(name, otherwise) {
  const given = (process.env[name] ?? "").split(/\s+/).filter((word) => word !== "");
  return given.length > 0 ? given : otherwise;
}

let nextPort = PORTS.from;

/** One run; what it says goes to a log beside its results. */
async function run(peer, workload, out) {
  const command = ["bench.mjs", peer, workload, `root=${out}`, `port=${nextPort}`, ...WORKLOADS[workload].options];
  nextPort = nextPort + PORTS.each < PORTS.upTo ? nextPort + PORTS.each : PORTS.from;
  const child = spawn(process.execPath, command, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => said.push(bytes));
  const impatience = setTimeout(() => child.kill("SIGTERM"), LONGEST_MS);
  const code = await new Promise((ended) => child.once("exit", ended));
  clearTimeout(impatience);
  const log = join(out, "results", `${peer}-${workload}-${Date.now()}.log`);
  mkdirSync(join(out, "results"), { recursive: true });
  writeFileSync(log, Buffer.concat(said));
  if (code !== 0) console.error(`it failed; ${log} says how`);
}

function tell(out, peers) {
  const file = join(out, "results/results.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  if (lines.length === 0) throw new Unready("nothing was measured");
  const results = lines.map((line) => JSON.parse(line));
  writeFileSync(join(root, "target/bench-peers.json"), `${JSON.stringify(results, null, 1)}\n`);
  console.log(`Medians; servers and devices on one machine with ${availableParallelism()} processors, Node ${process.version}\n`);
  console.log(table(results, peers).join("\n"));
}

try {
  await main();
} catch (problem) {
  if (!(problem instanceof Unready)) throw problem;
  console.error(problem.message);
  process.exitCode = 1;
}
