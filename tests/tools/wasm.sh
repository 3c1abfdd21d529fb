#!/usr/bin/env bash
# Makes sure that Rust can compile to WebAssembly: with Debian's compiler and its library's source, which make the smaller
# core, where they can be installed; else with the rustup target.
set -euo pipefail

target=wasm32-unknown-unknown

has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; }
has_debian_compiler() { [ -x /usr/bin/cargo ] && [ -f /usr/lib/rustlib/src/rust/library/std/Cargo.toml ]; }

has_debian_compiler && exit 0

# Tried once: a Debian or Ubuntu without these packages is not asked at every build.
tried=target/tools/no-debian-compiler
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] && [ ! -e "$tried" ]; then
  mkdir -p "$(dirname "$tried")" && touch "$tried"
  {
    apt-get update &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src
  } >&2 </dev/null || true
  has_debian_compiler && exit 0
fi

has_target && exit 0
if command -v rustup >/dev/null; then
  timeout 120 rustup target add "$target" >&2 </dev/null || true
  has_target && exit 0
fi

echo "missing: Rust's library for $target ('rustup target add $target'; Debian: rustc-web cargo-web rust-web-src)" >&2
exit 1
