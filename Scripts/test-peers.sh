#!/usr/bin/env bash
# Compares the tools with PyTorch at full size; passes where PyTorch cannot be had.
#
#   Scripts/test-peers.sh [--record] [-k PART] [--without PART]     (see Tests/Peers/run.py)
set -euo pipefail
cd "$(dirname "$0")/.."
results=.build/test-results
mkdir -p "$results"
rm -f "$results/peers.txt"

status=0
Scripts/peer-environment.sh || status=$?
[ "$status" -ne 75 ] || exit 0
[ "$status" -eq 0 ] || exit "$status"
# Python is there; what else the list names, only some tests need.
Scripts/install-dependencies.sh Scripts/peer-system-packages.txt ||
  echo "not all of Scripts/peer-system-packages.txt can be had; what needs it is skipped" >&2

PATH=$(swift build --configuration release --show-bin-path):$PATH
.build/peers/venv/bin/python Tests/Peers/run.py --results "$results/peers.txt" "$@"
