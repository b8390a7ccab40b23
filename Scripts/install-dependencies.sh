#!/usr/bin/env bash
# Installs the packages of a list that the system lacks; says nothing where it lacks none.
#
#   Scripts/install-dependencies.sh [LIST]      (LIST: Scripts/system-packages.txt)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
list=${1:-$here/system-packages.txt}

missing=()
while read -r package; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done < <(grep -v '^#' "$list")
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "warning: no apt-get here; install what these are called on this system: ${missing[*]}" >&2
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
  command -v sudo >/dev/null || {
    echo "error: as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  }
fi
echo "Installing ${missing[*]}"
# An outdated index may still do, so a failure to renew it is not the end.
"${as_root[@]}" apt-get update -qq || true
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq --yes --no-install-recommends "${missing[@]}"
