#!/usr/bin/env bash
# Says in one line what is missing before anything is built: Rust with rustfmt and clippy, Node.js, a C compiler.
set -euo pipefail

missing() {
  echo "missing: $1" >&2
  exit 1
}

# True when version $1 is $2 or later.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1)" = "$2" ]
}

command -v cargo >/dev/null || missing "Rust 1.95 or later (https://rustup.rs)"
rust=$(rustc --version | cut -d ' ' -f 2)
at_least "$rust" 1.95.0 || missing "Rust 1.95 or later (found $rust; 'rustup update')"
command -v cc >/dev/null || missing "a C compiler, for SQLite (Debian: apt-get install build-essential)"
command -v node >/dev/null || missing "Node.js 20.19 or later with npm, for the phone app (https://nodejs.org)"
node=$(node --version | tr -d v)
at_least "$node" 20.19.0 || missing "Node.js 20.19 or later (found $node)"
command -v npm >/dev/null || missing "npm, which comes with Node.js"

if [ "${1:-}" = test ]; then
  cargo fmt --version >/dev/null 2>&1 || missing "rustfmt ('rustup component add rustfmt')"
  cargo clippy --version >/dev/null 2>&1 || missing "clippy ('rustup component add clippy')"
fi
