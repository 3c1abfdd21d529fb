// Compiles the phone app's core (protocol/wasm) to WebAssembly and puts it, in two parts and with its JavaScript side, into
// pkg/.
// Does nothing when no source changed. Says in one line what is missing where it cannot.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { fail, web, root } from "./place.mjs";

const target = "wasm32-unknown-unknown";

/**
 * What makes the core smaller on the wire, beside its profile in Cargo.toml: no texts of derived Debug and no source
 * places, which only a developer would read. A tenth of the download goes so. And the linker says where addresses are, so
 * that constants can be taken apart too. Cargo takes these from here instead of from .cargo/config.toml, whose choice is
 * therefore repeated.
 */
const SMALL = ['--cfg=getrandom_backend="wasm_js"', "-Zfmt-debug=none", "-Zlocation-detail=none", "-Clink-arg=--emit-relocs"];

/** Where the standard library is built along: panics without texts or formatting. They end the worker either way. */
const SMALLER = [...SMALL, "-Zunstable-options", "-Cpanic=immediate-abort"];
const TOOLS = join(root, "target/tools");
const pkg = join(web, "pkg");
const bindings = join(root, "protocol/wasm/bindings");

/** The functions that the first visit does without, by hashes of their names; `make profile` writes it. */
export const LATER = join(web, "build/later.txt");

/** The core before it is taken apart, with its names. */
export const WHOLE = join(pkg, "whole.wasm");

/** Builds what is out of date; returns the fingerprint of the sources it was built from. */
export function buildCore() {
  const sources = fingerprint([
    ...["wire", "documents", "device", "wasm"].flatMap((name) => [
      join(root, "protocol", name, "src"),
      join(root, "protocol", name, "Cargo.toml"),
    ]),
    join(bindings, "src"),
    join(bindings, "Cargo.lock"),
    LATER,
    join(root, "Cargo.toml"),
    join(root, "Cargo.lock"),
    join(root, ".cargo/config.toml"),
    join(web, "build/core.mjs"),
  ]);
  const stamp = join(pkg, "stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return sources;

  const compiled = compile();
  const work = join(root, "target/web/bindings");
  rmSync(work, { recursive: true, force: true });
  bind(compiled, work);

  mkdirSync(pkg, { recursive: true });
  rmSync(stamp, { force: true });
  for (const file of ["core.js", "core.d.ts", "core_bg.wasm", "core_bg.wasm.d.ts", "rest_bg.wasm", "whole.wasm"]) {
    renameSync(join(work, file), join(pkg, file));
  }
  writeFileSync(stamp, sources);
  return sources;
}

/** Compiles with whichever compiler of this machine has, or can build, the library for the target. */
function compile() {
  const folder = join(root, "target/web");
  const flags = ["build", "--profile", "web", "--target", target, "-p", "porchlight-wasm", "--target-dir", folder];
  const compiler = chooseCompiler();
  run(compiler.cargo, [...flags, ...compiler.flags], { cwd: root, env: { ...process.env, ...compiler.env } });
  return join(folder, target, "web/porchlight_wasm.wasm");
}

function chooseCompiler() {
  const sysroot = output("rustc", ["--print", "sysroot"]);
  if (sysroot === undefined) fail("Rust is missing: install it from https://rustup.rs");
  // Debian's compiler first: with the library's source it makes the smaller core.
  const debian = debianCompiler(sysroot);
  if (debian !== undefined) return debian;

  const ordinary = { cargo: "cargo", flags: [], env: { RUSTC_BOOTSTRAP: "1", ...rustFlags(SMALL) } };
  const library = join(sysroot, "lib/rustlib", target);
  if (existsSync(library)) return ordinary;

  const added = spawnSync("rustup", ["target", "add", target], { stdio: "ignore", timeout: 180_000 });
  if (added.status === 0 && existsSync(library)) return ordinary;
  return fail(
    `the Rust library for ${target} is missing: run \`rustup target add ${target}\`, ` +
      "or on Debian `apt-get install rustc-web cargo-web rust-web-src`",
  );
}

/** Debian's compiler comes with the source of its library, which is then built along. */
function debianCompiler(sysroot) {
  const source = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
  if (!["/usr/bin/rustc", "/usr/bin/cargo", source].every((path) => existsSync(path))) return undefined;
  const host = output("rustc", ["-vV"])?.match(/^host: (.+)$/m)?.[1] ?? "x86_64-unknown-linux-gnu";
  const linker = [join(sysroot, "lib/rustlib", host, "bin/rust-lld"), "/usr/bin/rust-lld", "/usr/bin/wasm-ld"].find(
    (path) => existsSync(path),
  );
  if (linker === undefined) fail("a linker for WebAssembly is missing: on Debian `apt-get install lld`");
  return {
    cargo: "/usr/bin/cargo",
    flags: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
    env: {
      RUSTC_BOOTSTRAP: "1",
      RUSTC: "/usr/bin/rustc",
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker,
      ...rustFlags(SMALLER),
    },
  };
}

function rustFlags(flags) {
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags.join(" ") };
}

/**
 * Writes core.js, core_bg.wasm and rest_bg.wasm from what the compiler made. No further optimiser runs: binaryen's makes
 * the file smaller by a tenth, but larger by as much once it is compressed, which is what phones download.
 */
function bind(compiled, folder) {
  runBindings("bind", compiled, folder);
  runBindings("split", join(folder, "whole.wasm"), compiled, LATER, folder);
}

/** Runs the program that writes bindings and takes the core apart. */
export function runBindings(...args) {
  const flags = ["build", "--quiet", "--locked", "--manifest-path", join(bindings, "Cargo.toml"), "--target-dir", TOOLS];
  run("cargo", flags, { cwd: bindings });
  run(join(TOOLS, "debug/porchlight-bindings"), args, {});
}

export function run(command, args, options) {
  const done = spawnSync(command, args, { stdio: "inherit", ...options });
  if (done.error !== undefined) fail(`${command} cannot be started: ${done.error.message}`);
  if (done.status !== 0) fail(`${command} ${args[0]} did not succeed`);
}

function output(command, args) {
  const done = spawnSync(command, args, { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

if (process.argv[1] === import.meta.filename) buildCore();
