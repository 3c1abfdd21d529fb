// What lies on the phone: unreadable without the key, opened by the right PIN only, and refused where it was damaged.

import { beforeAll, expect, test } from "vitest";
import { stretchPin } from "../pkg/core.js";
import { waitAfter } from "../src/device/patience.ts";
import { Vault } from "../src/device/vault.ts";
import { startCore } from "./whole-core.mjs";

const text = (words) => new TextEncoder().encode(words);

beforeAll(startCore);

test("what is sealed opens under its own name, and shows neither key nor value", async () => {
  const vault = await Vault.create();
  const key = text("g/elm-street/contacts");
  const name = await vault.name(key);
  const piece = await vault.seal(name, key, text("Mrs. Tran, +1 202 555 0190"));
  expect(await vault.open(name, piece)).toEqual([key, text("Mrs. Tran, +1 202 555 0190")]);
  const seen = new TextDecoder("latin1").decode(piece) + new TextDecoder("latin1").decode(name);
  for (const word of ["elm-street", "contacts", "Tran", "0190"]) expect(seen).not.toContain(word);
  expect(await vault.name(key)).toEqual(name);
});

test("a piece that was damaged, swapped or sealed by another phone is an error", async () => {
  const vault = await Vault.create();
  const name = await vault.name(text("one"));
  const piece = await vault.seal(name, text("one"), text("value"));
  const damaged = piece.slice();
  damaged[20] = (damaged[20] ?? 0) ^ 1;
  await expect(vault.open(name, damaged)).rejects.toThrow();
  await expect(vault.open(await vault.name(text("two")), piece)).rejects.toThrow();
  await expect((await Vault.create()).open(name, piece)).rejects.toThrow();
});

test("the browser hands the keys to nobody", async () => {
  const { keys } = await Vault.create();
  await expect(crypto.subtle.exportKey("raw", keys.seal)).rejects.toThrow();
  await expect(crypto.subtle.exportKey("raw", keys.name)).rejects.toThrow();
});

test("only the PIN brings the keys back", async () => {
  const { vault, locked } = await Vault.createLocked("246810", stretchPin);
  const name = await vault.name(text("key"));
  const piece = await vault.seal(name, text("key"), text("value"));
  expect(await Vault.unlock("246811", locked, stretchPin)).toBeUndefined();
  expect(await Vault.unlock("", locked, stretchPin)).toBeUndefined();
  const again = await Vault.unlock("246810", locked, stretchPin);
  expect(await again?.open(name, piece)).toEqual([text("key"), text("value")]);
  // Digits as other keyboards write them are the same digits.
  expect(await Vault.unlock("２４６８１０", locked, stretchPin)).toBeDefined();
});

test("wrong PINs make the next one wait longer and longer", () => {
  expect([0, 1, 2, 3].map(waitAfter)).toEqual([0, 0, 0, 0]);
  expect([4, 5, 6].map(waitAfter)).toEqual([30_000, 60_000, 120_000]);
  for (let failures = 4; failures < 40; failures++) expect(waitAfter(failures + 1)).toBeGreaterThanOrEqual(waitAfter(failures));
  expect(waitAfter(1_000)).toBe(3_600_000);
});
