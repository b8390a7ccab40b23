#!/usr/bin/env bash
# Keeps Foundation out of the libraries and the tools, and unsafe compiler flags out of the manifest.
# Who may import whom is the manifest's to say: the build refuses imports that it does not declare.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --build-tests --explicit-target-dependency-import-check error

if grep -rnE '^[ \t]*((public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+Foundation' \
  Sources --include='*.swift'; then
  echo "error: Foundation may not be imported there"
  exit 1
fi
if grep -nE 'unsafeFlags|-Ounchecked' Package.swift; then
  echo "error: Package.swift: unsafe compiler flags make the package unusable as a dependency"
  exit 1
fi
