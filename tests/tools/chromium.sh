#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests, after installing Debian's package where there is none.
#
# The headless shell is Chromium without the windows around its pages: it draws, stores and runs the same, and the
# stories take little more than half the processor time in it. Any other Chromium will do.
set -euo pipefail

find_one_of() {
  for name in "$@"; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}

find_one_of "${PORCHLIGHT_CHROMIUM:-}" chromium-headless-shell && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium-headless-shell; } >&2 </dev/null || true
  find_one_of chromium-headless-shell && exit 0
fi

find_one_of chromium chromium-browser google-chrome-stable google-chrome && exit 0

echo "missing: Chromium. Install your system's package 'chromium-headless-shell' or 'chromium', or set PORCHLIGHT_CHROMIUM to its path." >&2
exit 1
