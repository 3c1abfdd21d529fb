// A small program is taken apart as the core is, and does the same in two parts as in one.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runBindings } from "./core.mjs";
import { root } from "./place.mjs";

const I32 = 0x7f;
const GET = [0x20, 0];
const call = (index) => [0x10, index];
const number = (value) => [0x41, value];
const ADD = 0x6a;

/** In memory from address 16 on: each is a symbol with that number. Symbol 0 holds the address of symbol 1. */
const CONSTANTS = [[20, 0, 0, 0], [7, 0, 0, 0], ...[50, 60, 70].map((value) => [value, 1, 2, 3, 4, 5, 6, 7])];
const MEMORY = 16;
const place = (symbol) => MEMORY + CONSTANTS.slice(0, symbol).flat().length;
/** The address of a symbol, as wide as linkers write it. */
const addressOf = (symbol) => [0x41, place(symbol) | 0x80, 0x80, 0x80, 0x80, 0];
const LOAD = [0x28, 2, 0];
const LOAD_BYTE = [0x2d, 0, 0];

/** The imported function is number 0. `later` is what goes into the rest. */
const FUNCTIONS = [
  { name: "stays", code: [...GET, ...call(2), ...number(1), ADD] },
  { name: "comes", later: true, code: [0x23, 0, ...GET, ADD, 0x24, 0, 0x23, 0, ...call(0), ...call(3), ...call(6)] },
  { name: "helps", code: [...GET, ...number(40), ADD] },
  { name: "pointed at", later: true, code: [...GET, ...number(3), 0x6c] },
  { name: "follows the pointer", code: [...GET, ...number(1), 0x11, 0, 0] },
  { name: "deep inside", later: true, code: [...GET, ...number(2), ADD] },
  { name: "asked from outside", later: true, code: [...GET, ...call(6)] },
  { name: "reads", looksAt: 0, code: [...addressOf(0), ...LOAD, ...LOAD_BYTE, ...GET, ADD] },
  { name: "reads what both read", looksAt: 2, code: [...addressOf(2), ...LOAD_BYTE, ...GET, ADD] },
  { name: "also reads it", later: true, looksAt: 2, code: [...addressOf(2), ...LOAD_BYTE, ...GET, ADD] },
  { name: "reads later", later: true, looksAt: 3, code: [...addressOf(3), ...LOAD_BYTE, ...GET, ADD] },
  { name: "automerge::merge", code: [...GET, ...call(13)] },
  { name: "core::where it seldom goes", later: true, code: [...GET, ...call(14)] },
  { name: "core::deeper", later: true, code: [...GET, ...number(9), ADD] },
];

const folder = mkdtempSync(join(tmpdir(), "porchlight-split-"));
const file = (name) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  writeFileSync(file("whole.wasm"), program());
  const later = FUNCTIONS.filter((part) => part.later).map(({ name }) => hash(name));
  writeFileSync(file("later.txt"), `# What comes later.\n${later.join(" ")}\n`);
  runBindings("split", file("whole.wasm"), file("whole.wasm"), file("later.txt"), folder);
  // The program that does it may have to be compiled.
}, 300_000);

const twice = (value) => value * 2;
const whole = () => new WebAssembly.Instance(compiled("whole.wasm"), { env: { twice } }).exports;

let first;
let loads;
let load;
beforeEach(() => {
  loads = 0;
  load = () => {
    new WebAssembly.Instance(compiled("rest_bg.wasm"), { first });
    first.restLoaded.value = 1;
  };
  const loadRest = () => {
    loads += 1;
    load();
  };
  first = new WebAssembly.Instance(compiled("core_bg.wasm"), { env: { twice }, "./rest.js": { loadRest } }).exports;
});

test("the rest is loaded when it is called first, and only then", () => {
  const { stays, helps } = whole();
  expect(first.helps(1)).toBe(helps(1));
  expect(loads).toBe(0);
  // The second call finds what the first left in a global of both parts.
  for (const value of [5, 6]) expect(first.stays(value)).toBe(stays(value));
  expect(loads).toBe(1);
});

test("whatever merging may call is in the first part, also what no first visit executed", () => {
  expect(first["automerge::merge"](5)).toBe(14);
  expect(loads).toBe(0);
});

test("a pointer leads to the same function before and after", () => {
  const name = "follows the pointer";
  expect(first[name](7)).toBe(21);
  expect(loads).toBe(1);
  expect(first[name](8)).toBe(whole()[name](8));
  expect(loads).toBe(1);
});

test("what is called from outside may be in the rest, which may be there from the beginning", () => {
  load();
  expect(first["asked from outside"](9)).toBe(11);
  expect(first.stays(5)).toBe(whole().stays(5));
  expect(loads).toBe(0);
});

test("a rest that cannot be had is an error, and works once it can", () => {
  const later = load;
  load = () => {
    throw new Error("no network");
  };
  expect(() => first.stays(5)).toThrow("no network");
  load = later;
  expect(first.stays(5)).toBe(whole().stays(5));
});

test("the first part has no code of the rest", () => {
  const bodies = (name) => readFileSync(file(name)).includes(Buffer.from([...GET, ...number(3), 0x6c]));
  expect([bodies("whole.wasm"), bodies("core_bg.wasm"), bodies("rest_bg.wasm")]).toEqual([true, false, true]);
});

test("the first part has the constants that its code reaches, through pointers too; the rest brings what it alone looks at", () => {
  const memory = (exports) => CONSTANTS.map((_, symbol) => new Uint8Array(exports.memory.buffer)[place(symbol)]);
  const before = memory(first);
  for (const name of ["reads", "reads what both read"]) expect(first[name](1), name).toBe(whole()[name](1));
  expect(loads).toBe(0);
  for (const name of ["also reads it", "reads later"]) expect(first[name](1), name).toBe(whole()[name](1));
  expect(loads).toBe(1);
  expect({ before, after: memory(first) }).toEqual({ before: [20, 7, 50, 0, 0], after: memory(whole()) });
});

test("the output of a linker that does not say where addresses are is refused", () => {
  writeFileSync(file("bare.wasm"), program({ isLinked: false }));
  const bindings = join(root, "target/tools/debug/porchlight-bindings");
  const done = spawnSync(bindings, ["split", file("bare.wasm"), file("bare.wasm"), file("later.txt"), join(folder, "bare")]);
  expect(done.stderr.toString()).toContain("--emit-relocs");
  expect(done.status).toBe(1);
});

test("a marked program notes what it executed", () => {
  runBindings("mark", file("whole.wasm"), folder);
  const marked = new WebAssembly.Instance(compiled("marked.wasm"), { env: { twice } }).exports;
  marked.stays(5);
  const notes = Array.from(new Uint8Array(marked.memory.buffer, marked.notes.value, FUNCTIONS.length));
  expect(notes).toEqual([1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(readFileSync(file("names.txt"), "utf8").trim().split("\n")).toEqual(FUNCTIONS.map(({ name }) => hash(name)));
});

function compiled(name) {
  return new WebAssembly.Module(readFileSync(file(name)));
}

/** FNV-1a, as in protocol/wasm/bindings/src/name.rs. */
function hash(name) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * All functions take a number and give one. The program has a memory with constants, a global and a table with a pointer
 * in slot 1; a linker's output also says where it holds addresses.
 */
function program({ isLinked } = { isLinked: true }) {
  const text = (words) => [words.length, ...Buffer.from(words)];
  const list = (items) => [...size(items.length), ...items.flat()];
  const section = (id, content) => [id, ...size(content.length), ...content];
  const custom = (name, content) => section(0, [...text(name), ...content]);
  const part = (id, content) => [id, ...size(content.length), ...content];
  const bodies = FUNCTIONS.map(({ code }) => [code.length + 2, 0, ...code, 0x0b]);
  const data = list([[0, ...number(MEMORY), 0x0b, ...list(CONSTANTS.flat().map((byte) => [byte]))]]);
  const symbols = CONSTANTS.map((bytes, symbol) => [1, 0, ...text(`s${symbol}`), 0, place(symbol) - MEMORY, bytes.length]);
  // Kind, place in the section, symbol, what is added.
  const inCode = FUNCTIONS.flatMap(({ looksAt }, index) => {
    const place = 1 + bodies.slice(0, index).flat().length + 3;
    return looksAt === undefined ? [] : [[4, ...size(place), looksAt, 0]];
  });
  const inData = [[5, data.length - CONSTANTS.flat().length, 1, 0]];
  const linked = [
    ...custom("linking", [2, ...part(8, list(symbols))]),
    ...custom("reloc.CODE", [8, ...list(inCode)]),
    ...custom("reloc.DATA", [9, ...list(inData)]),
  ];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, 1, I32, 1, I32]])),
    ...section(2, list([[...text("env"), ...text("twice"), 0, 0]])),
    ...section(3, list(FUNCTIONS.map(() => [0]))),
    ...section(4, list([[0x70, 1, 2, 2]])),
    ...section(5, list([[0, 1]])),
    ...section(6, list([[I32, 1, ...number(5), 0x0b]])),
    ...section(7, list([[...text("memory"), 2, 0], ...FUNCTIONS.map(({ name }, index) => [...text(name), 0, index + 1])])),
    ...section(9, list([[0, ...number(1), 0x0b, ...list([[4]])]])),
    ...section(10, list(bodies)),
    ...section(11, data),
    ...(isLinked ? linked : []),
    ...custom("name", [
      ...part(1, list(FUNCTIONS.map(({ name }, index) => [index + 1, ...text(name)]))),
      ...part(9, list([[0, ...text(".rodata")]])),
    ]),
  ]);
}

/** A number of up to 14 bits as WebAssembly writes it. */
function size(value) {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7];
}
