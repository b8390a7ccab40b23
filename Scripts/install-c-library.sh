#!/usr/bin/env bash
# Builds libgpunet and puts it in place with its header and a file for pkg-config: a shared and a
# static library, both with what they need of Swift's runtime inside, so that neither those who link
# them nor those who run the programs need a Swift toolchain.
#
#   Scripts/install-c-library.sh PREFIX OPTION...      (options of swift build)
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$1
shift

# What FILE PATTERN says between its quotes or behind its blank.
stated() {
  local value
  value=$(sed -nE "s/$2/\1/p" "$1")
  [ -n "$value" ] || { echo "error: $1 does not state what is looked for: $2" >&2; exit 1; }
  echo "$value"
}
header=Sources/CGPUNet/include/gpunet.h
abi=$(stated $header '^#define GPUNET_ABI_VERSION ([0-9]+)$')
version=$(stated Sources/GPUNetRuntime/PackageVersion.swift '^public let packageVersion = "(.*)"$')

swift build "$@" --product gpunet
archive=$(swift build "$@" --show-bin-path)/libgpunet.a
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# The archive's objects name the libraries that they were compiled against. Those of Swift go into
# one object with them; those of the system are for whoever links that.
target=$(swiftc -print-target-info -static-stdlib)
runtime=$(sed -nE 's/^ *"runtimeResourcePath": "(.*)",?$/\1/p' <<< "$target")/linux
architecture=$(sed -nE 's/^ *"arch": "(.*)",?$/\1/p' <<< "$target")
swift-autolink-extract "$archive" -o "$work/autolink"
inside=(-ldispatch -lBlocksRuntime)
outside=(-lstdc++ -lm -lpthread -ldl)
while read -r library; do
  if [ -e "$runtime/lib${library#-l}.a" ]; then
    inside+=("$library")
  elif [[ " ${outside[*]} " != *" $library "* ]]; then
    outside+=("$library")
  fi
done < "$work/autolink"

# Groups of equal code are dissolved, since they have the same names in every Swift and C++ program,
# whose linker would drop one for the other; after that only this interface is left to be seen.
ld -r --force-group-allocation -o "$work/whole.o" --whole-archive "$archive" --no-whole-archive \
  "$runtime/$architecture/swiftrt.o" "-L$runtime" --start-group "${inside[@]}" --end-group
objcopy --strip-unneeded --wildcard --keep-global-symbol 'gpunet_*' "$work/whole.o" "$work/gpunet.o"
ar rcsD "$work/libgpunet.a" "$work/gpunet.o"

# Swift's runtime cannot be unloaded again.
echo "GPUNET_$abi { global: gpunet_*; local: *; };" > "$work/versions"
clang -shared -o "$work/libgpunet.so" "$work/gpunet.o" "${outside[@]}" -Wl,-s -Wl,-z,defs \
  -Wl,-z,nodelete "-Wl,-soname,libgpunet.so.$abi" "-Wl,--version-script,$work/versions"

# Where the folders are is said from where this file is, so that the tree can be moved.
cat > "$work/gpunet.pc" <<PKGCONFIG
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: gpunet
Description: Runs image classifiers from .gpw files
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lgpunet
Libs.private: ${outside[*]}
PKGCONFIG

# place FILE FOLDER NAME MODE
place() {
  install -D --mode "$4" "$1" "$prefix/$2/$3"
  echo "$prefix/$2/$3"
}
# link TARGET NAME
link() {
  ln -sf "$1" "$prefix/lib/$2"
  echo "$prefix/lib/$2"
}
place $header include gpunet.h 644
place "$work/libgpunet.a" lib libgpunet.a 644
place "$work/libgpunet.so" lib "libgpunet.so.$abi.$version" 755
link "libgpunet.so.$abi.$version" "libgpunet.so.$abi"
link "libgpunet.so.$abi" libgpunet.so
place "$work/gpunet.pc" lib/pkgconfig gpunet.pc 644
