#!/usr/bin/env bash
# Fails where a target is still the empty file it began as.
set -euo pipefail
cd "$(dirname "$0")/.."

if find Sources Tests -name Empty.swift | grep .; then
  echo "error: the targets above are not filled"
  exit 1
fi
