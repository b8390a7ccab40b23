#!/usr/bin/env bash
# Converts a checkpoint that PyTorch wrote, verifies the result, and prints what is in it.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$(swift build --configuration release --show-bin-path):$PATH
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

run gpunet-convert Fixtures/original/plain.pth "$folder/plain.gpw" \
  --arch Fixtures/original/plain.json --golden Fixtures/original/plain.npz --force
run gpunet-inspect "$folder/plain.gpw"
printf '\nThe checkpoint was converted and gives the answers that PyTorch recorded.\n'
