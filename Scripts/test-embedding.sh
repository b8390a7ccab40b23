#!/usr/bin/env bash
# Builds the README's example as a package of its own, which knows GPUNetRuntime alone, and runs it:
# it links no system library and no Foundation, and allocates nothing while a model runs.
set -euo pipefail
cd "$(dirname "$0")/.."
package=.build/embedding
mkdir -p "$package/Sources/Predict" "$package/Sources/CountAllocations"

cat > "$package/Package.swift" <<'MANIFEST'
// swift-tools-version: 6.3
import PackageDescription

let runtime: Target.Dependency = .product(name: "GPUNetRuntime", package: "gpunet-tools")

let package = Package(
  name: "embedding",
  dependencies: [.package(name: "gpunet-tools", path: "../..")],
  targets: [
    .executableTarget(name: "Predict", dependencies: [runtime]),
    .executableTarget(name: "CountAllocations", dependencies: [runtime]),
  ])
MANIFEST
# Files keep their dates where nothing changed, so that nothing is built again.
example=$(awk '/^```swift$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)
grep -q 'import GPUNetRuntime' <<< "$example" || { echo "error: README.md has no example" >&2; exit 1; }
cmp -s <(echo "$example") "$package/Sources/Predict/main.swift" ||
  echo "$example" > "$package/Sources/Predict/main.swift"
cmp -s Tests/Embedding/CountAllocations.swift "$package/Sources/CountAllocations/main.swift" ||
  cp Tests/Embedding/CountAllocations.swift "$package/Sources/CountAllocations/main.swift"

swift build --package-path "$package" --configuration release
programs=$(swift build --package-path "$package" --configuration release --show-bin-path)
tools=$(swift build --show-bin-path)
swift build --product gpunet-convert

original=Fixtures/original
model=$package/model.gpw
"$tools/gpunet-convert" "$original/plain.pth" "$model" --arch "$original/plain.json" --force --quiet

answer=$("$programs/Predict" "$model")
[[ $answer =~ ^class\ [0-9]+:\ -?[0-9.e-]+$ ]] ||
  { echo "error: the README's example printed '$answer'" >&2; exit 1; }

needed=$(readelf -d "$programs/Predict" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if grep -E 'Foundation|libz|hdf5|protobuf|jpeg|png' <<< "$needed"; then
  echo "error: a program that only runs a model links the libraries above" >&2
  exit 1
fi

clang -shared -fPIC -O1 -Wall -Werror Tests/Embedding/count-allocations.c -o "$package/count.so"
counts=$(LD_PRELOAD=$PWD/$package/count.so "$programs/CountAllocations" "$model")
echo "allocations: $counts"
if ! [[ $counts =~ ^[1-9][0-9]*\ to\ open,\ 0\ to\ run$ ]]; then
  echo "error: a model that runs allocates memory" >&2
  exit 1
fi
