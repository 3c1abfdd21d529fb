// The app's requests to a server, over a real connection: what comes is told at once, what crawls is waited for, and what is
// silent is not.

import { createServer } from "node:http";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PostLink } from "../src/device/link.ts";
import { root } from "./place.mjs";
import { startCore } from "./whole-core.mjs";

const { "frames of a device": said, "frames of a device about snapshots": asked } = JSON.parse(
  readFileSync(join(root, "protocol/wire/vectors/protocol.json"), "utf8"),
);

let server;

beforeAll(startCore);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  server?.closeAllConnections();
  server?.close();
});

const frame = (digits) => new Uint8Array(digits.match(/../g).map((byte) => parseInt(byte, 16)));
const bytes = (text) => new TextEncoder().encode(text);

function behindLength(bytes) {
  const whole = new Uint8Array(4 + bytes.length);
  new DataView(whole.buffer).setUint32(0, bytes.length);
  whole.set(bytes, 4);
  return whole;
}

const joined = (...frames) => Buffer.concat(frames.map(behindLength));

/** A server that answers requests as told, in their order, and a Link to it. What happens is given one by one. */
async function link(...answers) {
  const bodies = [];
  server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    bodies.push(Buffer.concat(pieces));
    answers.shift()?.(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const happened = [];
  let wake = () => {};
  const tell = (what) => {
    happened.push(what);
    wake();
  };
  const made = new PostLink(`http://127.0.0.1:${server.address().port}/sync`, {
    opened: () => tell("opened"),
    received: (frame) => tell(new TextDecoder().decode(frame)),
    closed: (reason) => tell(`closed: ${reason}`),
    used: (size) => tell(size),
  });
  const next = async () => {
    while (happened.length === 0) await new Promise((resolve) => (wake = resolve));
    return happened.shift();
  };
  /** The next thing that is no count of bytes. */
  const word = async () => {
    for (;;) {
      const what = await next();
      if (typeof what !== "number") return what;
    }
  };
  const welcomed = async () => {
    expect([await word(), await word()]).toEqual(["opened", "welcome"]);
    made.heard();
    made.heard();
  };
  return { made, bodies, happened, next, word, welcomed };
}

const welcome = (response) => response.end(joined(bytes("welcome")));

/** Only what the Link itself waits for is moved; sockets go on as they are. */
const holdTime = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

test("what comes of an answer is told before the rest is here, and a line that crawls is not cut", async () => {
  holdTime();
  let answer;
  const { made, next, word, welcomed } = await link(welcome, (response) => (answer = response));
  await welcomed();
  made.send(frame(said.open));
  await vi.waitUntil(() => (made.flush(), answer !== undefined), { timeout: 5000 });
  answer.write(joined(bytes("welcome"), bytes("first")));
  expect(await word()).toBe("first");
  made.heard();
  // A frame that takes longer than any patience, a few bytes at a time.
  const slow = behindLength(new Uint8Array(10).fill(65));
  for (const byte of slow) {
    vi.advanceTimersByTime(19_000);
    answer.write(new Uint8Array([byte]));
    expect(await next()).toBe(1);
  }
  expect(await next()).toBe("AAAAAAAAAA");
  made.heard();
  vi.advanceTimersByTime(20_000);
  expect(await word()).toBe("closed: the server does not answer");
});

test("what follows from an Open is sent behind it again", async () => {
  const answers = [welcome, welcome, welcome];
  const { made, bodies, welcomed } = await link(...answers);
  await welcomed();
  const requests = [[said.open, said["get roster"]], [said["get box"]], [asked["get part"], asked.state]];
  for (const [index, frames] of requests.entries()) {
    for (const digits of frames) made.send(frame(digits));
    await vi.waitUntil(() => (made.flush(), bodies.length === index + 2), { timeout: 5000 });
  }
  const [, first, second, third] = bodies;
  expect(first).toEqual(joined(frame(said.open), frame(said["get roster"])));
  expect(second).toEqual(joined(frame(said.open), frame(said["get box"])));
  expect(third).toEqual(joined(frame(said.open), frame(asked["get part"]), frame(asked.state)));
  made.close();
});

test("what makes no sense without a new beginning ends the Link", async () => {
  const { made, word, welcomed } = await link(welcome);
  await welcomed();
  made.send(frame(said.append));
  await vi.waitUntil(() => (made.flush(), true));
  expect(await word()).toBe("closed: there is more to say");
});

test("a login page, and an answer that is cut off, are no server's", async () => {
  for (const page of ["<!doctype html><title>Sign in</title>", joined(bytes("welcome")).subarray(0, 6), ""]) {
    const { word } = await link((response) => response.end(page));
    expect(await word()).toMatch(/^closed: (what answered is not a Porchlight server|the answer is not a row of frames)$/);
    server.close();
  }
});

test("a server that has no room is left alone for as long as it says", async () => {
  holdTime();
  const fetched = vi.spyOn(globalThis, "fetch");
  const { happened } = await link((response) => response.writeHead(503, { "retry-after": "10" }).end());
  await fetched.mock.results[0].value;
  // What follows from the answer is done before anything else.
  await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(9_999);
  expect(happened).toEqual([700]);
  await vi.advanceTimersByTimeAsync(1);
  expect(happened).toEqual([700, "closed: the server has too much to do at the moment"]);
});
