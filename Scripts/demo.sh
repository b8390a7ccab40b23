#!/usr/bin/env bash
# Converts a checkpoint that PyTorch wrote, verifies the result, prints what is in it, and what it sees in
# a picture.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$(swift build --configuration release --show-bin-path):$PATH
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
ln -s "$PWD/Fixtures" "$folder/Fixtures"
cd "$folder"

run() {
  printf '$ %s\n' "$*"
  "$@"
  printf '\n'
}

run gpunet-convert Fixtures/original/plain.pth plain.gpw \
  --arch Fixtures/original/plain.json --golden Fixtures/original/plain.npz
run gpunet-verify plain.gpw
run gpunet-inspect plain.gpw --format table
run gpunet-run plain.gpw Fixtures/pictures/adobe-rgb.jpg --top 3
echo 'The checkpoint was converted, and the file gives the answers that PyTorch recorded.'
