#!/usr/bin/env bash
# Measures the runtime side by side with other engines, on networks of other libraries.
#
#   Scripts/benchmark-families.sh [--record] […]     (see Benchmarks/families.py)
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/peer-environment.sh
PATH=$(swift build --configuration release --show-bin-path):$PATH
.build/peers/venv/bin/python Benchmarks/families.py "$@"
