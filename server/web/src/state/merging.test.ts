// Merging while somebody types: nothing is lost, and places stay beside what they stood beside.

import { expect, test } from "vitest";
import { hunks, moved, rebased } from "./merging";

function applied(before: string, after: string): string {
  return hunks(before, after).reduceRight((text, hunk) => text.slice(0, hunk.start) + hunk.text + text.slice(hunk.end), before);
}

test("what differs makes one of the other", () => {
  const texts = ["", "a", "a\n", "a\nb\nc", "b\nc", "a\nbb\nc\n", "c\nb\na", "a\n😀 b\nc", "a\n😁 b\nc", "a\n\n\nc"];
  for (const before of texts) for (const after of texts) expect(applied(before, after)).toBe(after);
  expect(hunks("one\ntwo\nthree", "one\ntwo!\nthree")).toEqual([{ start: 7, end: 7, text: "!" }]);
  expect(hunks("a\n😀\nc", "a\n😁\nc")).toEqual([{ start: 2, end: 4, text: "😁" }]);
});

test("what others wrote above and below does not move what one stands beside", () => {
  const before = "Agenda\nmy line\nend";
  const after = "Agenda\nnew\nmy line\nend, more";
  const caret = before.indexOf(" line");
  expect(moved(caret, hunks(before, after))).toBe(after.indexOf(" line"));
  expect(moved(before.length, hunks(before, after))).toBe(after.indexOf(", more"));
  expect(moved(3, hunks("abcdef", ""))).toBe(0);
  expect(moved(4, hunks("one\ntwo", "one\nnew\ntwo"))).toBe(8);
  expect(moved(4, hunks("one\nlast line", "one\nBen's line\nlast line, longer"))).toBe(15);
});

test("both changes are in the text afterwards", () => {
  expect(rebased("one\ntwo\nthree", "one\ntwo!\nthree", "zero\none\ntwo\nthree?")).toBe("zero\none\ntwo!\nthree?");
  expect(rebased("same line", "my same line", "same line of theirs")).toBe("my same line of theirs");
  expect(rebased("a", "ab", "ab")).toBe("ab");
  expect(rebased("", "mine", "theirs")).toBe("minetheirs");
});

/** The same numbers for the same seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("what others put into the middle of what goes stays, and no more than went is gone", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const roll = dice(seed);
    const lines = Array.from({ length: 1 + roll(4) }, (_, line) => `${line}${"abcdefgh 😀 ".slice(roll(6))}`);
    const before = lines.join("\n");
    const place = (text: string) => Array.from(text).slice(0, roll(Array.from(text).length + 1)).join("").length;
    let theirs = before;
    for (let count = 1 + roll(3); count > 0; count--) {
      const at = place(theirs);
      theirs = theirs.slice(0, at) + "XYZ".charAt(count) + theirs.slice(at);
    }
    const [one, other] = [place(before), place(before)];
    const mine = before.slice(0, Math.min(one, other)) + (roll(2) ? "" : "mine") + before.slice(Math.max(one, other));
    const both = rebased(before, mine, theirs);
    expect(both.replace(/[^XYZ]/g, ""), `seed ${seed}`).toBe(theirs.replace(/[^XYZ]/g, ""));
    expect(both.replace(/[XYZ]/g, ""), `seed ${seed}`).toBe(mine);
  }
});
