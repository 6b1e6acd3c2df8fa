#!/usr/bin/env bash
# Makes a virtual environment in $1 with the first Python on the path that is new enough.
set -euo pipefail
directory=$1

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
  if new_enough "$candidate"; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  found=$(python3 --version 2>/dev/null || echo "no Python 3")
  echo "Greenroom needs Python 3.11 or newer and found $found." >&2
  exit 1
fi
# Debian splits the module in two: venv can be there while what it needs is not.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv" >&2
  exit 1
fi
"$python" -m venv "$directory"
