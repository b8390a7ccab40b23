#!/usr/bin/env bash
# Installs the C library, builds the examples in C and C++ with the system's compilers and
# pkg-config, shared and static, and compares what they print with what PyTorch answered; checks
# what a C program can rely on, and that neither Swift nor anything of its own shows.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/.build/c-interface
fixtures=Fixtures/c-interface
rm -rf "$work"
mkdir -p "$work"

Scripts/install-c-library.sh "$work/prefix" --configuration release
swift build --configuration release --product gpunet-convert
tools=$(swift build --configuration release --show-bin-path)
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
lib=$work/prefix/lib

fail() {
  echo "error: $1" >&2
  exit 1
}

# --- What is installed

version=$("$tools/gpunet-convert" --version)
[ "$(pkg-config --modversion gpunet)" = "$version" ] ||
  fail "pkg-config states another version than the tools, $version"
for symbols in "$(nm --dynamic --defined-only "$lib/libgpunet.so")" \
  "$(nm --extern-only --defined-only "$lib/libgpunet.a" | grep ' ')"; do
  # Of a versioned library, the version is a symbol, too.
  exported=$(awk '{ sub(/@.*/, "", $3); if ($2 != "A") print $3 }' <<< "$symbols" | sort)
  declared=$(grep -oE '\bgpunet_[a-z_]+\(' Sources/CGPUNet/include/gpunet.h | tr -d '(' | sort -u)
  [ "$exported" = "$declared" ] ||
    fail "the symbols are not those of the header: $(diff <(echo "$declared") <(echo "$exported"))"
done
needed=$(readelf --dynamic "$lib/libgpunet.so" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
unknown=$(grep -vE '^(lib(stdc\+\+|m|gcc_s|c|dl|pthread)|ld-linux.*)\.so' <<< "$needed" || true)
[ -z "$unknown" ] || fail "libgpunet.so needs $unknown"

# --- What programs are built of: every warning is an error, in C99 and C++11 and in the newest

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -O1)
read -ra flags <<< "$(pkg-config --cflags gpunet)"
read -ra shared <<< "$(pkg-config --libs gpunet) -Wl,-rpath,$lib"
# The way to the static library where the shared one lies beside it.
read -ra private <<< "$(pkg-config --static --libs gpunet)"
static=("${private[@]/#-lgpunet/-l:libgpunet.a}")
for compiler in cc clang; do
  for standard in c99 c17; do
    echo '#include <gpunet.h>' |
      "$compiler" -x c "-std=$standard" "${warnings[@]}" -Wstrict-prototypes "${flags[@]}" \
        -fsyntax-only -
  done
done
for compiler in c++ clang++; do
  for standard in c++11 c++20; do
    echo '#include <gpunet.h>' |
      "$compiler" -x c++ "-std=$standard" "${warnings[@]}" "${flags[@]}" -fsyntax-only -
  done
done
c=(cc -std=c99 "${warnings[@]}" "${flags[@]}")
cpp=(c++ -std=c++11 "${warnings[@]}" "${flags[@]}")
"${c[@]}" Examples/c/classify.c "${shared[@]}" -lm -o "$work/c-shared"
"${c[@]}" Examples/c/classify.c "${static[@]}" -o "$work/c-static"
"${cpp[@]}" Examples/cpp/classify.cpp "${shared[@]}" -o "$work/cpp-shared"
"${cpp[@]}" Examples/cpp/classify.cpp "${static[@]}" -o "$work/cpp-static"
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' \
  Documentation/c-interface.md > "$work/first.c"
"${c[@]}" "$work/first.c" "${shared[@]}" -o "$work/first"
check=("${c[@]}" -D_POSIX_C_SOURCE=200809L Tests/CInterface/check.c -pthread)
"${check[@]}" "${shared[@]}" -o "$work/check-shared"
# Without a loader, and what is not used left out.
"${check[@]}" -static -Wl,--gc-sections "${private[@]}" -o "$work/check-static" \
  2> "$work/static.txt" ||
  fail "no static program can be linked: $(cat "$work/static.txt")"

# --- What they print

model=$work/plain.gpw
labels=$work/labels.txt
printf 'class number %d\n' {0..10} > "$labels"
"$tools/gpunet-convert" Fixtures/original/plain.pth "$model" --arch Fixtures/original/plain.json \
  --labels "$labels" --quiet

# The five best of each image in order, and their probabilities to the last digit but one.
best=$(awk '++count[$1] <= 5' $fixtures/plain.txt)
for program in c-shared c-static cpp-shared cpp-static; do
  printed=$("$work/$program" "$model" $fixtures/plain.f32 2> "$work/$program.txt")
  paste -d ' ' <(echo "$best") <(echo "$printed") | awk '
    { difference = $3 - $6; label = $7 " " $8 " " $9 }
    $1 != $4 || $2 != $5 || difference > 2e-6 || difference < -2e-6 || label != "class number " $2 {
      print; exit 1
    }' || fail "$program printed another answer than PyTorch's"
done

[[ $("$work/first" "$model") =~ ^-?[0-9.]+$ ]] ||
  fail "the documentation's example prints something else"

# --- What they say of what is wrong

# exits CODE PATTERN PROGRAM ARGUMENT...
exits() {
  local code=0 expected=$1 pattern=$2
  shift 2
  "$@" > "$work/out.txt" 2> "$work/err.txt" || code=$?
  [ "$code" = "$expected" ] || fail "$* exits with $code and not $expected: $(cat "$work/err.txt")"
  grep -qE "$pattern" "$work/err.txt" || fail "$* does not say '$pattern': $(cat "$work/err.txt")"
}
head --bytes=-1 "$model" > "$work/short.gpw"
{ cat "$work/short.gpw"; printf '\377'; } > "$work/damaged.gpw"
head --bytes=-4 $fixtures/plain.f32 > "$work/short.f32"
for program in c-shared c-static cpp-shared cpp-static; do
  exits 66 '\[io\.open\]$' "$work/$program" "$work/missing.gpw" $fixtures/plain.f32
  exits 65 '\[gpw\.length\]$' "$work/$program" "$work/short.gpw" $fixtures/plain.f32
  exits 65 '\[gpw\.tensorChecksum\]$' "$work/$program" "$work/damaged.gpw" $fixtures/plain.f32
  exits 65 '\[gpw\.magic\]$' "$work/$program" $fixtures/plain.txt $fixtures/plain.f32
  exits 64 '\[interface\.count\]$' "$work/$program" "$model" "$work/short.f32"
  exits 64 '\[runtime\.kernels\]$' env GPUNET_CPU=abacus \
    "$work/$program" "$model" $fixtures/plain.f32
done

"$work/check-shared" "$model"
"$work/check-static" "$model"
echo "the C interface $version: $(wc -w <<< "$declared") functions, shared and static, as promised"
