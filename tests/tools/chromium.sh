#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests, after installing Debian's package where there is none.
set -euo pipefail

find_chromium() {
  for name in "${PORCHLIGHT_CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}

find_chromium && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >&2 </dev/null
  find_chromium && exit 0
fi

echo "missing: Chromium. Install your system's package 'chromium', or set PORCHLIGHT_CHROMIUM to its path." >&2
exit 1
