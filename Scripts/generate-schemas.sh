#!/usr/bin/env bash
# Generates Sources/CONNXProto from Schemas/onnx.proto; with --check, compares instead.
set -euo pipefail
cd "$(dirname "$0")/.."
target=Sources/CONNXProto

generated=$(mktemp -d)
trap 'rm -r "$generated"' EXIT
protoc-c --proto_path=Schemas --c_out="$generated" onnx.proto
if [ "${1:-}" = --check ]; then
  diff "$generated/onnx.pb-c.c" "$target/onnx.pb-c.c" &&
    diff "$generated/onnx.pb-c.h" "$target/include/onnx.pb-c.h" || {
    echo "error: $target is not what protoc-c makes of Schemas/onnx.proto; run: make schemas" >&2
    exit 1
  }
else
  cp "$generated/onnx.pb-c.c" "$target/"
  cp "$generated/onnx.pb-c.h" "$target/include/"
fi
