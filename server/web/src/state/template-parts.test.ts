// What of a template is added to a plan that has something.

import { describe, expect, it } from "vitest";
import type { ShiftChange } from "../device/shifts";
import { parted } from "./template-parts";

const watch: ShiftChange = { useTemplate: { template: "dayAndNightWatch", first: "Day watch", second: "Night watch", place: "", from: "2026-10-01" } };
const duty = {
  add: { details: { title: "Phone duty" }, when: { start: "2026-10-01T18:00", end: "2026-10-01T22:00", zone: "UTC" }, rule: "FREQ=DAILY" },
} as unknown as ShiftChange;

describe("a template in a plan that has something", () => {
  it("adds all of it to a plan with other shifts", () => {
    expect(parted([watch, duty], ["Soup"])).toEqual({ here: [], missing: [watch, duty] });
  });

  it("names what is here, and adds the rest", () => {
    expect(parted([watch, duty], [" phone DUTY", "Soup"])).toEqual({ here: ["Phone duty"], missing: [watch] });
  });

  it("adds nothing twice", () => {
    expect(parted([watch, duty], ["Phone duty", "Day watch", "Night watch"])).toEqual({ here: ["Day watch", "Night watch", "Phone duty"], missing: [] });
    expect(parted([watch], ["Night watch"])).toEqual({ here: ["Night watch"], missing: [] });
  });
});
