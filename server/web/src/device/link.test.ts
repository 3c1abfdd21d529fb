// Frames in the body of a POST: what is joined is split again, and what is cut off is noticed.

import { expect, test } from "vitest";
import { joinFrames, splitFrames } from "./link";

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
