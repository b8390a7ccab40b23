#!/usr/bin/env bash
# Compiles the kernels for aarch64, of which this machine may have neither headers nor processor.
set -euo pipefail
cd "$(dirname "$0")/.."
for file in Sources/CGPUNetKernels/*/*-neon.c Sources/CPictureKernels/*-neon.c; do
  assembly=$(clang --target=aarch64-linux-gnu -ffreestanding -std=c17 -O1 -Wall -Wextra -Werror \
    -I Sources/CPictureKernels/include \
    -S "$file" -o -)
  # An empty file would compile, too.
  grep -qE '^(gpk_f32_.*__neon|gpi_.*_accelerated):' <<< "$assembly" || { echo "error: $file has no kernel" >&2; exit 1; }
done
