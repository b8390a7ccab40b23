#!/usr/bin/env bash
# Builds the tools so that they run without a Swift toolchain and puts them in place, with their
# manual pages and completion scripts, the worker that they start for HDF5 files, and the C library.
#
#   Scripts/install.sh PREFIX TOOL...
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$1
shift

# Without symbols the tools are little more than half as large.
options=(--configuration release --static-swift-stdlib -Xlinker -s --scratch-path .build/static)
worker=gpunet-hdf5-worker
for tool in "$@" $worker; do
  swift build "${options[@]}" --product "$tool"
done
folder=$(swift build "${options[@]}" --show-bin-path)
generated=$(mktemp -d)
trap 'rm -r "$generated"' EXIT

# place FILE FOLDER NAME MODE
place() {
  install -D --mode "$4" "$1" "$prefix/$2/$3"
  echo "$prefix/$2/$3"
}

place "$folder/$worker" libexec/gpunet-tools $worker 755
for tool in "$@"; do
  place "$folder/$tool" bin "$tool" 755
  "$folder/$tool" --generate-manual-page > "$generated/manual"
  place "$generated/manual" share/man/man1 "$tool.1" 644
  for shell in bash zsh fish; do
    "$folder/$tool" --generate-completion-script $shell > "$generated/$shell"
  done
  place "$generated/bash" share/bash-completion/completions "$tool" 644
  place "$generated/zsh" share/zsh/site-functions "_$tool" 644
  place "$generated/fish" share/fish/vendor_completions.d "$tool.fish" 644
done

Scripts/install-c-library.sh "$prefix" "${options[@]}"
