#!/usr/bin/env bash
# Sees to a program that development needs: installs Debian's package when we are root, else says how.
set -euo pipefail

case $1 in
  chromium) programs=(chromium) packages=(chromium) ;;
  node) programs=(node npm) packages=(nodejs npm) ;;
  *) echo "need.sh knows chromium and node, not $1." >&2; exit 2 ;;
esac

missing=0
for program in "${programs[@]}"; do
  command -v "$program" >/dev/null || missing=1
done
[ "$missing" = 1 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "${programs[*]} is missing. Install it with: sudo apt-get install ${packages[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
