#!/usr/bin/env bash
# Prints the path of a Python with the readers of tests/readers, after installing them in target/readers.
set -euo pipefail

cd "$(dirname "$0")/../.."
wanted=tests/readers/requirements.txt
home=$PWD/target/readers
python=$home/bin/python

make_venv() {
  rm -rf "$home"
  command -v python3 >/dev/null && python3 -m venv "$home"
}

missing() {
  echo "missing: $1" >&2
  exit 1
}

if ! cmp --silent "$wanted" "$home/.installed"; then
  {
    make_venv || if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
      apt-get update
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv
      make_venv
    else
      missing "Python 3.9 or later with venv and pip (Debian: apt-get install python3-venv)"
    fi
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" ||
      missing "the Python packages of $wanted (pip says why)"
  } </dev/null >&2
  cp "$wanted" "$home/.installed"
fi
echo "$python"
