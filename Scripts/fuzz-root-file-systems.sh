#!/usr/bin/env bash
# Fuzzes the readers of cpio archives, ext2 images and signature blocks with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz-root-file-systems.sh SECONDS cpio|ext2 [libFuzzer options]
#   Scripts/fuzz-root-file-systems.sh check cpio|ext2      type-check the harness, and no more
#
# Builds the harness, makes seeds with cpio and mke2fs, keeps what it learns in .build/fuzz-FORMAT/corpus and what it
# finds in .build/fuzz-FORMAT/findings, and fails where it finds anything.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
shopt -s nullglob
usage="usage: Scripts/fuzz-root-file-systems.sh SECONDS cpio|ext2 [libFuzzer options]"
readonly seconds="${1:?$usage}" format="${2:?$usage}"
shift 2
readonly build="$PWD/.build/fuzz-$format"
PATH="$PATH:/usr/sbin:/sbin"
mkdir -p "$build"/{seeds,corpus,findings}

flags=(-parse-as-library -package-name adyton -swift-version 6 -I "$build"
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault)
. Scripts/fuzz-shims.sh
compile_shims "$build"
for module in Shared/Diagnostics Shared/Files Package/Decompression; do
    folder=$module
    module=${module#*/}
    output=(-O -wmo -emit-object -o "$build/$module.o")
    [ "$seconds" != check ] || output=()
    swiftc -emit-module -emit-module-path "$build/$module.swiftmodule" "${output[@]}" "${flags[@]}" \
        -module-name "$module" "Sources/$folder"/*.swift
done
# The readers alone: what writes and what signs needs another package.
sources=(Sources/Package/RootFileSystem/RootFileSystemError.swift Sources/Package/RootFileSystem/Files/*.swift
    Sources/Package/RootFileSystem/Tree/{Extraction,New,Tree[BEO]}*.swift Sources/Package/RootFileSystem/Cpio/{CpioHeader,CpioReader,ArchiveInput}.swift
    Sources/Package/RootFileSystem/Ext2/{Ext2Format,ExtendedAttribute}.swift Sources/Package/RootFileSystem/Ext2/Reading/{Ext2[!C]*,StoredInode}.swift
    Sources/Package/RootFileSystem/Verity/Verity{Geometry,Superblock}.swift Sources/Package/RootFileSystem/Signature/SignatureBlock.swift)
if [ "$seconds" = check ]; then
    swiftc -typecheck "${flags[@]}" -module-name RootFileSystemFuzzer "${sources[@]}" Tests/Fuzz/RootFileSystemFuzzer.swift
    exit 0
fi
swiftc -O -g -sanitize=fuzzer,address "${flags[@]}" -module-name RootFileSystemFuzzer "${sources[@]}" \
    Tests/Fuzz/RootFileSystemFuzzer.swift "$build"/{Diagnostics,Files,Decompression,CLinux,CArchive}.o -larchive -lz -o "$build/fuzzer"

if [ -z "$(ls -A "$build/seeds")" ]; then
    tree="$(mktemp -d)"
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree/d/e"
    printf hello >"$tree/d/f"
    ln "$tree/d/f" "$tree/g"
    ln -s d/f "$tree/l"
    mkfifo "$tree/p"
    head -c 20000 /dev/zero | tr '\0' x >"$tree/big"
    ln -s "$(printf 'x%.0s' $(seq 100))" "$tree/long"
    setfattr -n user.a -v b "$tree/g" 2>/dev/null || true
    (cd "$tree" && find . | cpio -o -H newc --quiet) >"$build/seeds/cpio"
    for program in gzip zstd xz; do
        { cat "$build/seeds/cpio" && "$program" -c <"$build/seeds/cpio"; } >"$build/seeds/cpio-$program"
    done
    if [ "$format" = ext2 ]; then
        rm "$build"/seeds/cpio*
        for options in "-b 1024 -I 128 -N 32" "-b 1024 -I 256 -N 32 -O ^sparse_super,^resize_inode"; do
            # shellcheck disable=SC2086  # the options are meant to split
            mke2fs -q -t ext2 $options -d "$tree" "$build/seeds/${options// /_}" 96k
        done
    fi
fi

# The limits are the readers' own promise: work that is bounded by the input's size.
nice -n 10 "$build/fuzzer" -max_total_time="$seconds" -max_len=131072 -timeout=5 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$build/findings/" "$@" "$build/corpus" "$build/seeds"
