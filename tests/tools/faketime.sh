#!/usr/bin/env bash
# Installs Debian's libfaketime where it can, so that the rounds of real faults can give programs a wrong clock.
# Where it cannot, those rounds are played with another fault, and this says so.
set -euo pipefail

there() {
  [ -n "${PORCHLIGHT_FAKETIME:-}" ] || compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null
}

there && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libfaketime; } >&2 </dev/null || true
  there && exit 0
fi

echo "no libfaketime here: no clock will be wrong in the rounds of real faults" >&2
