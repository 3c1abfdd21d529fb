// Addresses: every place survives its own address, and no secret gets into one.

import { afterEach, expect, test, vi } from "vitest";
import { hashOf, placeOf, Route, type Place } from "./route.svelte";

const origin = "https://porch.example.org";

test("a place is found again by its address", () => {
  const places: Place[] = [
    { at: "home" },
    { at: "settings" },
    { at: "group", group: "ab" },
    { at: "details", group: "ab" },
    { at: "shifts", group: "ab" },
    { at: "shift", group: "ab", shift: "2026-10.k3v@2026-10-14T19:00" },
    { at: "shift-edit", group: "ab", shift: "2026-10.k3v@2026-10-14T19:00" },
    { at: "shift-new", group: "ab" },
    { at: "shift-templates", group: "ab" },
    { at: "gaps", group: "ab" },
    { at: "shift-days", group: "ab", span: "month" },
    { at: "shift-days", group: "ab", span: "week", day: "2026-11-25" },
    { at: "shifts", group: "ab", day: "2026-10-14" },
    { at: "print", group: "ab", what: "signIn" },
    { at: "contacts", group: "ab" },
    { at: "contacts", group: "ab", contact: "c1" },
    { at: "contact-new", group: "ab" },
    { at: "contact-edit", group: "ab", contact: "c1" },
    { at: "tree", group: "ab" },
    { at: "confirming", group: "ab" },
    { at: "duplicates", group: "ab" },
    { at: "notes", group: "ab" },
    { at: "note", group: "ab", note: "n1" },
    { at: "note", group: "ab", note: "n1", writing: true },
    { at: "tasks", group: "ab" },
    { at: "decisions", group: "ab" },
    { at: "decision", group: "ab", decision: "d1" },
    { at: "decision-new", group: "ab" },
    { at: "decision-new", group: "ab", note: "n1" },
    { at: "import", group: "ab" },
    { at: "export", group: "ab" },
  ];
  for (const place of places) expect(placeOf(hashOf(place), origin)).toEqual(place);
});

test("secrets are read from an address and never written into one", () => {
  const join = placeOf("#/join/c2VjcmV0", origin);
  expect(join).toEqual({ at: "join", link: "https://porch.example.org/#/join/c2VjcmV0" });
  expect(hashOf(join)).toBe("#/join");
  expect(placeOf("#/join/dG9rZW4.", origin)).toEqual(placeOf("#/join/dG9rZW4", origin));
  const start = placeOf("#/start/dG9rZW4", origin);
  expect(start).toEqual({ at: "start", token: "dG9rZW4" });
  expect(hashOf(start)).toBe("#/start");
});

test("an address that is none leads home", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/group", "#//", "#/contacts/1"]) {
    expect(placeOf(hash, origin), hash).toEqual({ at: "home" });
  }
});

test("whoever has gone to another screen is not torn out of it by what ends on the first", () => {
  const told = { replaceState: vi.fn(), pushState: vi.fn() };
  vi.stubGlobal("history", told);
  vi.stubGlobal("scrollTo", vi.fn());
  const route = new Route();
  route.replace({ at: "decision-new", group: "ab" });
  const [slow, quick] = [route.fromHere(), route.fromHere()];
  quick.replace({ at: "decision", group: "ab", decision: "d1" });
  expect(route.place).toEqual({ at: "decision", group: "ab", decision: "d1" });
  slow.replace({ at: "decisions", group: "ab" });
  slow.go({ at: "decisions", group: "ab" });
  expect(route.place).toEqual({ at: "decision", group: "ab", decision: "d1" });
});

afterEach(() => vi.unstubAllGlobals());
