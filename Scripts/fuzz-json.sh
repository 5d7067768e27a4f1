#!/usr/bin/env bash
# Fuzzes the reader of JSON with libFuzzer and AddressSanitizer, beside Foundation's.
#
#   Scripts/fuzz-json.sh SECONDS [libFuzzer options]
#   Scripts/fuzz-json.sh check      type-check the harness, and no more
#
# Builds the harness, takes the project's own documents as seeds, keeps what it learns in .build/fuzz-json/corpus and what
# it finds in .build/fuzz-json/findings, and fails where it finds anything. Foundation is the system's own, without
# instrumentation.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly seconds="${1:?usage: Scripts/fuzz-json.sh SECONDS [libFuzzer options]}"
shift
readonly build="$PWD/.build/fuzz-json"
mkdir -p "$build"/{seeds,corpus,findings}

flags=(-parse-as-library -package-name adyton -swift-version 6 -I "$build" -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility)
mapfile -t sources < <(find Sources/Shared/StrictJSON -name '*.swift')
module=(-emit-module -emit-module-path "$build/StrictJSON.swiftmodule" -module-name StrictJSON "${sources[@]}")
if [ "$seconds" = check ]; then
    swiftc "${flags[@]}" "${module[@]}"
    swiftc -typecheck "${flags[@]}" -module-name JSONFuzzer Tests/Fuzz/JSONFuzzer.swift
    exit 0
fi
flags+=(-O -g "-sanitize=fuzzer,address")
swiftc "${flags[@]}" "${module[@]}" -wmo -emit-object -o "$build/StrictJSON.o"
swiftc "${flags[@]}" -module-name JSONFuzzer Tests/Fuzz/JSONFuzzer.swift "$build/StrictJSON.o" -o "$build/fuzzer"

if [ -z "$(ls -A "$build/seeds")" ]; then
    find Models Examples Docs Tests -name '*.json' -size -4k -exec cp {} "$build/seeds/" \;
    printf '{"a":[1,-0.5e+3,1e-7,"\\u00e9\\ud83d\\ude00\\n",true,false,null],"\xc3\xa9":{}}' >"$build/seeds/all"
    printf '/* a */ [1, // b\n2]' >"$build/seeds/comments"
fi

# The limits are the reader's own promise: work and memory that grow with the input alone.
nice -n 19 "$build/fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=64 \
    -print_final_stats=1 -artifact_prefix="$build/findings/" "$@" "$build/corpus" "$build/seeds"
