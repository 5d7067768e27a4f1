#!/usr/bin/env bash
# Fuzzes the image decoders, the resizing and the preprocessing with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz-images.sh SECONDS [libFuzzer options]
#   Scripts/fuzz-images.sh check      type-check the harness, and no more
#
# Builds the harness, takes the test oracle's images as seeds, keeps what it learns in .build/fuzz/corpus and what it
# finds in .build/fuzz/findings, and fails where it finds anything.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly seconds="${1:?usage: Scripts/fuzz-images.sh SECONDS [libFuzzer options]}"
shift
readonly build="$PWD/.build/fuzz"
readonly python=.deps/python/bin/python
mkdir -p "$build"/{module,seeds,corpus,findings}

printf 'module CImageCodecs {\n    header "%s"\n    export *\n}\n' \
    "$PWD/Sources/Shims/CImageCodecs/include/CImageCodecs.h" >"$build/module/module.modulemap"
sources=(Sources/Model/Inference/Images/*.swift Tests/Fuzz/ImageFuzzer.swift)
flags=(-parse-as-library -package-name adyton -swift-version 6 -I "$build/module"
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault)
output=(-O -g -wmo -emit-object -o "$build/Diagnostics.o")
[ "$seconds" != check ] || output=()
swiftc -emit-module -emit-module-path "$build/module/Diagnostics.swiftmodule" "${output[@]}" "${flags[@]}" \
    -module-name Diagnostics Sources/Shared/Diagnostics/*.swift
if [ "$seconds" = check ]; then
    swiftc -typecheck "${flags[@]}" -module-name ImageFuzzer "${sources[@]}"
    exit 0
fi
objects=("$build/Diagnostics.o")
for source in Sources/Shims/CImageCodecs/*.c; do
    object="$build/$(basename "$source").o"
    clang -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
        -ISources/Shims/CImageCodecs/include -c "$source" -o "$object"
    objects+=("$object")
done
swiftc -O -g -sanitize=fuzzer,address "${flags[@]}" -module-name ImageFuzzer "${sources[@]}" "${objects[@]}" \
    -ljpeg -lpng16 -Xclang-linker -fsanitize=undefined -o "$build/image-fuzzer"

if [ -z "$(ls -A "$build/seeds")" ]; then
    [ -x "$python" ] || { echo "fuzz-images: error: $python is missing; run Scripts/setup.sh test" >&2; exit 1; }
    oracle="$(mktemp -d)"
    trap 'rm -rf "$oracle"' EXIT
    "$python" -W ignore Tests/Oracles/images.py "$oracle" >/dev/null
    find "$oracle" -type f -size -5k ! -name '*.rgb' ! -name '*.resized' ! -name '*.tensor' ! -name '*.json' \
        -exec cp {} "$build/seeds/" \;
fi

# The limits are the harness's own promise: a few megabytes and well under a second an execution.
nice -n 10 "$build/image-fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 \
    -malloc_limit_mb=64 -print_final_stats=1 -artifact_prefix="$build/findings/" "$@" \
    "$build/corpus" "$build/seeds"
