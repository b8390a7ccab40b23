#!/usr/bin/env bash
# Measures the tools side by side with Python.
#
#   Scripts/benchmark.sh [--record]     (see convert.py, convert_onnx.py, containers.py in Benchmarks)
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/peer-environment.sh
PATH=$(swift build --configuration release --show-bin-path):$PATH
.build/peers/venv/bin/python Benchmarks/convert.py "$@"
.build/peers/venv/bin/python Benchmarks/convert_onnx.py "$@"
.build/peers/venv/bin/python Benchmarks/containers.py "$@"
