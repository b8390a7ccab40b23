#!/usr/bin/env bash
# Compares the files in which the word `unsafe` stands with Scripts/unsafe-files.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
list=Scripts/unsafe-files.txt

if awk '!/^#/ && NF == 1' "$list" | grep .; then
  echo "error: $list: no reason is given for the files above"
  exit 1
fi
if ! diff <(awk '!/^#/ && NF { print $1 }' "$list" | sort) \
  <(grep -rlw unsafe Sources --include='*.swift' | sort); then
  echo "error: $list: files marked < are listed without need, those marked > are missing"
  exit 1
fi
