#!/usr/bin/env bash
# Prints the path of a Python with the readers of tests/readers, after installing them in target/readers.
set -euo pipefail

cd "$(dirname "$0")/../.."
wanted=tests/readers/requirements.txt
home=$PWD/target/readers
python=$home/bin/python

if ! cmp --silent "$wanted" "$home/.installed"; then
  command -v python3 >/dev/null || {
    echo "missing: Python 3.9 or later with venv and pip (Debian: apt-get install python3-venv)" >&2
    exit 1
  }
  {
    rm -rf "$home"
    python3 -m venv "$home" && "$python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  } </dev/null >&2 || {
    echo "missing: the Python packages of $wanted ('python3 -m venv' and 'pip install' say why)" >&2
    exit 1
  }
  cp "$wanted" "$home/.installed"
fi
echo "$python"
