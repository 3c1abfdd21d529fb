// What stands where nothing is: that nothing is there is said only by a phone that knows it.

import { expect, test, vi } from "vitest";
import type { GroupStatus } from "../device/messages";

vi.mock("./language.svelte", () => ({ say: (key: string) => key }));
const { emptyWords } = await import("./status");

type Known = Parameters<typeof emptyWords>[0];
const here: Known = { current: true, stage: "active", departure: null, saving: { is: "savedAndSent" }, problem: null };
const words = (more: Partial<GroupStatus>) => emptyWords({ ...here, ...more }, "shifts.none");

test("nothing is planned, says a phone that has all that the group has", () => {
  expect(words({})).toBe("shifts.none");
});

test("while the group's data comes, and while the group cannot be reached, there may be more", () => {
  expect(words({ current: false })).toBe("app.stillComing");
  expect(words({ current: false, saving: { is: "savedHere" } })).toBe("app.stillComing");
  expect(words({ current: false, saving: { is: "cannotReach", since: 0 } })).toBe("app.mayCome");
  expect(words({ current: false, saving: { is: "savedHere" }, problem: "group_not_taken" })).toBe("app.mayCome");
});

test("nothing comes to who founds the group, or to who is not in it any more", () => {
  expect(words({ current: false, stage: "founding" })).toBe("shifts.none");
  const departure = { by: null, time: 0 } as unknown as GroupStatus["departure"];
  expect(words({ current: false, departure })).toBe("shifts.none");
});
