// When something is missing, told as its shift is.

import { expect, test, vi } from "vitest";
import type { Gap } from "../device/shifts";
import { language } from "./language.svelte";
import { otherZone } from "./shift-times";

vi.mock("./app.svelte", () => ({ app: { listen: () => () => undefined } }));
vi.mock("./asking-shifts", () => ({}));
const { gapDay, gapHours } = await import("./gaps.svelte");

const zone = "America/Chicago";

test("what is missing has the hours of its shift, and names the zone where it is not the group's", async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  await language.choose("en");
  // Friday evening in Chicago, which is Saturday in Berlin.
  const gap: Gap = { shift: "a", title: "Night watch", start: Date.parse("2026-11-28T02:00Z"), end: Date.parse("2026-11-28T12:00Z"), zone, lack: "nobody" };
  const plain = (text: string) => text.replaceAll(/[\u202f\u00a0]/g, " ");
  expect(plain(gapHours(gap, "Europe/Berlin"))).toBe("8:00 PM – 6:00 AM · By the clocks in Chicago");
  expect(gapDay(gap, "Europe/Berlin")).toBe("2026-11-27");
  expect(plain(gapHours(gap, zone))).toBe("8:00 PM – 6:00 AM");
  expect(otherZone("America/Port-au-Prince", zone)).toBe("By the clocks in Port-au-Prince");
  expect(otherZone("", zone)).toBeUndefined();
});
