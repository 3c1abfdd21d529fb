// Frames in the body of a POST: what is joined is split again, and what is cut off is noticed.

import { expect, test } from "vitest";
import pinned from "../../../../protocol/wire/vectors/protocol.json";
import { joinFrames, Opens, splitFrames } from "./link";

test("frames come apart as they were joined", () => {
  const frames = [new Uint8Array([1, 2, 3]), new Uint8Array([]), new Uint8Array(70_000).fill(7)];
  expect(splitFrames(joinFrames(frames))).toEqual(frames);
  expect(joinFrames([new Uint8Array([9])])).toEqual(new Uint8Array([0, 0, 0, 1, 9]));
});

test("a body that was cut off is no frames at all", () => {
  const body = joinFrames([new Uint8Array([1, 2, 3]), new Uint8Array([4])]);
  for (let length = 1; length < body.length; length++) {
    if (length === 7) continue; // exactly the first frame
    expect(splitFrames(body.slice(0, length)), `${length} bytes`).toBeUndefined();
  }
});

test("a login page is no frames", () => {
  expect(splitFrames(new TextEncoder().encode("<!doctype html><title>Sign in to Wi-Fi</title>"))).toBeUndefined();
});

/** A frame of the golden vectors. */
function golden(name: keyof (typeof pinned)["frames of a device"]): Uint8Array<ArrayBuffer> {
  const digits = pinned["frames of a device"][name].match(/../g) ?? [];
  return new Uint8Array(digits.map((byte) => parseInt(byte, 16)));
}

test("what follows from an Open is sent behind it again, in the next request", () => {
  const opens = new Opens();
  const open = golden("open");
  expect(opens.complete([open, golden("get roster")])).toEqual([open, golden("get roster")]);
  expect(opens.complete([golden("get box")])).toEqual([open, golden("get box")]);
  const invited = open.slice();
  invited[41] = 1;
  expect(opens.complete([invited])).toEqual([invited]);
  expect(opens.complete([golden("change")])).toEqual([invited, golden("change")]);
});

test("what makes no sense without a new beginning is not sent", () => {
  const opens = new Opens();
  expect(opens.complete([golden("append")])).toBeUndefined();
  expect(opens.complete([golden("change")])).toBeUndefined();
  opens.complete([golden("open")]);
  expect(opens.complete([golden("change")])).toBeUndefined();
  expect(opens.complete([golden("append")])).toBeUndefined();
});
