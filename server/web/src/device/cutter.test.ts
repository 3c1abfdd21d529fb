// Frames in the answer to a POST: cut where they were joined, however the network tears them, and nothing else is taken for one.

import { expect, test } from "vitest";
import { Cutter } from "./cutter";

function joined(...frames: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(frames.flatMap((frame) => [frame.length >> 24, (frame.length >> 16) & 255, (frame.length >> 8) & 255, frame.length & 255, ...frame]));
}

test("frames come apart as they were joined, whatever pieces they arrive in", () => {
  const frames = [new Uint8Array([1, 2, 3]), new Uint8Array([]), new Uint8Array(7_000).fill(7), new Uint8Array([9])];
  const body = joined(...frames);
  for (const size of [1, 2, 3, 5, 1_000, body.length]) {
    const cutter = new Cutter();
    const cut: Uint8Array[] = [];
    for (let at = 0; at < body.length; at += size) cut.push(...cutter.cut(body.slice(at, at + size)));
    expect(cut, `pieces of ${size}`).toEqual(frames);
    expect(cutter.isEmpty).toBe(true);
  }
});

test("a frame is given as soon as it is whole, and what was cut off is noticed", () => {
  const body = joined(new Uint8Array([1, 2, 3]), new Uint8Array([4]));
  const cutter = new Cutter();
  expect(cutter.cut(body.slice(0, 6))).toEqual([]);
  expect(cutter.cut(body.slice(6, 11))).toEqual([new Uint8Array([1, 2, 3])]);
  expect(cutter.isEmpty).toBe(false);
});

test("a login page is no frames", () => {
  const page = new TextEncoder().encode("<!doctype html><title>Sign in to Wi-Fi</title>");
  expect(() => new Cutter().cut(page)).toThrow("not a row of frames");
});
