#!/usr/bin/env bash
# Measures the runtime side by side with other engines.
#
#   Scripts/benchmark-runtime.sh [--record] […]     (see Benchmarks/peers.py)
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/peer-environment.sh runtime
# Without a C++ compiler, compiled PyTorch alone is left out, and the report says so.
Scripts/install-dependencies.sh Scripts/runtime-system-packages.txt || true
PATH=$(swift build --configuration release --show-bin-path):$PATH
.build/peers/runtime/bin/python Benchmarks/peers.py "$@"
