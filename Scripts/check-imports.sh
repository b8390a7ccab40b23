#!/usr/bin/env bash
# Compares the imports of every target with Scripts/imports.txt, and keeps Foundation and unsafe
# compiler flags out.
set -euo pipefail
cd "$(dirname "$0")/.."

awk '
  FILENAME == rules {
    sub(/#.*/, "")
    if (NF == 0) next
    target = $1
    sub(/:$/, "", target)
    listed[target] = 1
    allowed[target, "Glibc"] = allowed[target, "Dispatch"] = 1
    allowed[target, "Synchronization"] = 1
    for (i = 2; i <= NF; i++) {
      if ($i == "...") for (module in listed) allowed[target, module] = 1
      else if ($i ~ /^!/) delete allowed[target, substr($i, 2)]
      else allowed[target, $i] = 1
    }
    next
  }
  FNR == 1 {
    split(FILENAME, parts, "/")
    target = parts[2]
    if (!(target in listed)) {
      print "error: " FILENAME ": the target " target " is not in " rules
      listed[target] = failed = 1
    }
  }
  match($0, /^[ \t]*(@[a-zA-Z_]+(\([a-zA-Z]*\))?[ \t]+)*((public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+/) {
    $0 = substr($0, RLENGTH + 1)
    sub(/^(struct|class|enum|protocol|func|var|let|typealias)[ \t]+/, "")
    sub(/[^A-Za-z0-9_].*/, "")
    if (!((target, $0) in allowed)) {
      print "error: " FILENAME ":" FNR ": " target " may not import " $0
      failed = 1
    }
  }
  END { exit failed }
' rules=Scripts/imports.txt Scripts/imports.txt $(find Sources -name '*.swift' | sort)

if grep -nE 'unsafeFlags|-Ounchecked' Package.swift; then
  echo "error: Package.swift: unsafe compiler flags make the package unusable as a dependency"
  exit 1
fi
