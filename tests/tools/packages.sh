#!/usr/bin/env bash
# Installs the npm packages of the folder named as argument, exactly as its lock file says, unless they are there.
set -euo pipefail

cd "$1"
mark=node_modules/.installed-lock.json
cmp --silent package-lock.json "$mark" && exit 0
npm ci --no-audit --no-fund </dev/null >&2 || {
  echo "missing: the npm packages of $1 ('npm ci' there says why)" >&2
  exit 1
}
cp package-lock.json "$mark"
