// The adapter that measurements run is a real device of a real server: edits cross, both ways and after a time offline.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildAdapter } from "./build.mjs";

const PROGRAM = fileURLToPath(new URL("../../target/debug/porchlight", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "porchlight-peers-"));
const devices = [];
let Device;
let server;

before(async () => {
  ({ Device } = await import(pathToFileURL(await buildAdapter(join(folder, "adapter")))));
  server = await start("127.0.0.1:0");
});

after(async () => {
  await Promise.all(devices.map((device) => device.close()));
  server?.child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the server on the same data each time, and resolves with its process and address. */
async function start(listen) {
  const data = join(folder, "data");
  const options = ["serve", "--data", data, "--listen", listen, "--groups", "open"];
  const child = spawn(PROGRAM, options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(child.stdout)) {
    const address = /listening on http(:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stdout.resume();
      return { child, url: `ws${address}` };
    }
  }
  throw new Error("the server did not start");
}

async function device(id) {
  const device = new Device({ url: server.url, id });
  devices.push(device);
  await device.connect();
  return device;
}

/** Resolves when a device has this many texts in a document. */
function reaches(doc, count) {
  return new Promise((resolve) => {
    const look = () => doc.count() >= count && resolve(doc.count());
    doc.onChange(look);
    look();
  });
}

test("two devices edit one document, together, apart, and after the server was killed", async () => {
  const ana = await device("ana");
  const { id, doc: anas } = await ana.create();
  assert.equal(anas.count(), 0);
  anas.edit("from ana....");
  assert.equal(anas.count(), 1);

  const ben = await device("ben");
  const bens = await ben.open(id);
  assert.equal(await reaches(bens, 1), 1);
  assert.ok(bens.has("from ana...."));
  bens.edit("from ben....");
  assert.equal(await reaches(anas, 2), 2);
  assert.ok(anas.has("from ben...."));

  await Promise.all([ana.disconnect(), ben.disconnect()]);
  for (let number = 0; number < 100; number++) {
    anas.edit(`ana-${number}`.padEnd(12, "."));
    bens.edit(`ben-${number}`.padEnd(12, "."));
  }
  assert.deepEqual([anas.count(), bens.count()], [102, 102]);
  await Promise.all([ana.connect(), ben.connect()]);
  assert.deepEqual(await Promise.all([reaches(anas, 202), reaches(bens, 202)]), [202, 202]);

  // What one has seen of the other, the server has on its disk.
  const seen = reaches(bens, 203);
  anas.edit("last of all.");
  assert.equal(await seen, 203);
  const ended = once(server.child, "exit");
  server.child.kill("SIGKILL");
  await Promise.all([ana.close(), ben.close(), ended]);
  server = await start("127.0.0.1:0");
  const carla = await device("carla");
  const carlas = await carla.open(id);
  assert.equal(await reaches(carlas, 203), 203);
  assert.ok(carlas.has("last of all."));
});

test("documents of one group are opened side by side", async () => {
  const ana = await device("dora");
  const made = [await ana.create(), await ana.create(), await ana.create()];
  made.forEach(({ doc }, number) => doc.edit(`text ${number}`));
  const ben = await device("emil");
  const opened = await Promise.all(made.map(({ id }) => ben.open(id)));
  assert.deepEqual(await Promise.all(opened.map((doc) => reaches(doc, 1))), [1, 1, 1]);
  assert.deepEqual(
    opened.map((doc, number) => doc.has(`text ${number}`)),
    [true, true, true],
  );
});
