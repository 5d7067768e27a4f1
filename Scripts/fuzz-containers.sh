#!/usr/bin/env bash
# Fuzzes the reader of container images and of their layers with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz-containers.sh SECONDS [libFuzzer options]
#   Scripts/fuzz-containers.sh check      type-check the harness, and no more
#
# Builds the harness, makes seeds with tar, gzip, zstd and xz, keeps what it learns in .build/fuzz-container/corpus and
# what it finds in .build/fuzz-container/findings, and fails where it finds anything. Digests count as right there, and
# libarchive and Foundation are the system's own, without instrumentation.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly seconds="${1:?usage: Scripts/fuzz-containers.sh SECONDS [libFuzzer options]}"
shift
readonly build="$PWD/.build/fuzz-container"
mkdir -p "$build"/{seeds,corpus,findings}

. Scripts/fuzz-shims.sh
compile_shims "$build"

flags=(-parse-as-library -package-name adyton -swift-version 6 -I "$build"
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault)

# module NAME [options] FILE...: a module of its own, as an object.
module() {
    local name=$1
    shift
    local output=(-O -g -wmo -emit-object -o "$build/$name.o")
    [ "$seconds" != check ] || output=()
    swiftc -emit-module -emit-module-path "$build/$name.swiftmodule" "${output[@]}" "${flags[@]}" \
        -module-name "$name" "$@"
}
module Crypto Tests/Fuzz/FuzzCrypto.swift
module Diagnostics Sources/Shared/Diagnostics/*.swift
module Files -sanitize=address Sources/Shared/Files/*.swift
module Decompression -sanitize=address Sources/Package/Decompression/*.swift
mapfile -t sources < <(find Sources/Shared/StrictJSON -name '*.swift')
module StrictJSON -sanitize=address "${sources[@]}"
# What writes ext2 images and signs them needs another package.
module RootFileSystem -sanitize=address -enable-testing Sources/Package/RootFileSystem/RootFileSystemError.swift \
    Sources/Package/RootFileSystem/{Files,Cpio}/*.swift \
    Sources/Package/RootFileSystem/Tree/{Extraction,FileTree,New,PackableTree,Tree[BEOP]}*.swift \
    Sources/Package/RootFileSystem/Ext2/{Ext2Format,ExtendedAttribute}.swift \
    Sources/Package/RootFileSystem/Ext2/Reading/{Ext2[!C]*,StoredInode}.swift
mapfile -t sources < <(find Sources/Package/ContainerImage -name '*.swift' ! -path '*/Build/*')
sources+=(Tests/Fuzz/ContainerImageFuzzer.swift)
if [ "$seconds" = check ]; then
    swiftc -typecheck "${flags[@]}" -module-name ContainerImageFuzzer "${sources[@]}"
    exit 0
fi
swiftc -O -g -sanitize=fuzzer,address "${flags[@]}" -module-name ContainerImageFuzzer "${sources[@]}" \
    "$build"/{Crypto,Diagnostics,Files,Decompression,StrictJSON,RootFileSystem,CLinux,CArchive}.o -larchive -lz -o "$build/fuzzer"

if [ -z "$(ls -A "$build/seeds")" ]; then
    tree="$(mktemp -d)"
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree/a/d/e" "$tree/b/d" "$tree/c"
    cd "$tree/a"
    printf hello >d/f
    ln d/f g
    ln -s d/f l
    mkfifo p
    printf x >"$(printf 'n%.0s' $(seq 200))"
    ln -s "$(printf 'x%.0s' $(seq 150))" long
    cd "$tree/b"
    : >d/.wh.f
    : >d/.wh..wh..opq
    : >.wh.g
    printf y >l
    # Through links of the layer below, hard links to them, a way out that leads nowhere but to the root, and AUFS's folder.
    mkdir -p "$tree/a/usr/lib" "$tree/r/lib/sub" "$tree/r/abs" "$tree/r/out" "$tree/r/.wh..wh.plnk"
    ln -s usr/lib "$tree/a/lib"
    ln -s /usr/lib "$tree/a/abs"
    ln -s ../../.. "$tree/a/out"
    ln -s out/abs "$tree/a/way"
    for name in lib/sub/f abs/g out/h lib/.wh.old .wh..wh.plnk/1.2; do printf z >"$tree/r/$name"; done
    ln "$tree/r/.wh..wh.plnk/1.2" "$tree/r/linked"
    truncate -s 4096 "$tree/r/abs/holes"
    printf q >>"$tree/r/abs/holes"
    for format in gnu pax ustar; do
        # The old format has no room for the long link and the long name.
        options=(--format="$format")
        [ "$format" != ustar ] || options+=(--exclude=long --exclude='nn*')
        tar -C "$tree/a" "${options[@]}" -b 1 -cf "$tree/a-$format.tar" .
        tar -C "$tree/b" --format=$format -b 1 -cf "$tree/b-$format.tar" d .wh.g l
        [ "$format" = ustar ] || options+=(--sparse)
        # Files alone, in the order in which AUFS's come first; and the same with a leading slash.
        (cd "$tree/r" && tar "${options[@]}" --no-recursion -b 1 -cf "$tree/r-$format.tar" \
            .wh..wh.plnk/1.2 linked lib/sub/f lib/.wh.old abs/g abs/holes out/h)
        (cd "$tree/r" && tar "${options[@]}" --no-recursion -b 1 -P --transform='s,^,/,' -cf "$tree/s-$format.tar" \
            lib/sub/f abs/g out/h)
        for part in r s; do
            { printf '\2' && cat "$tree/a-$format.tar" "$tree/$part-$format.tar"; } >"$build/seeds/rooted-$part-$format"
        done
        { printf '\0' && cat "$tree/a-$format.tar"; } >"$build/seeds/layer-$format"
        { printf '\2' && cat "$tree/a-$format.tar" "$tree/b-$format.tar"; } >"$build/seeds/layers-$format"
        for program in gzip zstd xz; do
            { printf '\0' && "$program" -c <"$tree/b-$format.tar"; } >"$build/seeds/$program-$format"
        done
    done
    tar -C "$tree/a" --format=pax --owner=5000000 --mtime=@1.5 -b 1 -cf "$tree/pax.tar" .
    { printf '\0' && cat "$tree/pax.tar"; } >"$build/seeds/layer-long"
    zero=$(printf '0%.0s' $(seq 64))
    cd "$tree/c"
    cp "$tree/b-gnu.tar" l.tar
    printf '{"os":"linux","architecture":"amd64","config":{"Env":["A=b"],"Cmd":["x"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$zero" >"$zero.json"
    printf '[{"Config":"%s.json","RepoTags":["a:b"],"Layers":["l.tar"]}]' "$zero" >manifest.json
    { printf '\1' && tar --format=gnu -b 1 -c manifest.json "$zero.json" l.tar; } >"$build/seeds/saved"
    mkdir -p blobs/sha256
    # One document that is manifest and configuration at once, since all digests are the same here.
    printf '{"schemaVersion":2,"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},"layers":[],"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":322}}' \
        "$zero" >"blobs/sha256/$zero"
    size=$(stat -c %s "blobs/sha256/$zero")
    sed -i "s/322/$size/" "blobs/sha256/$zero"
    printf '{"imageLayoutVersion":"1.0.0"}' >oci-layout
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"a"},"platform":{"os":"linux","architecture":"amd64"}}]}' \
        "$zero" "$size" >index.json
    { printf '\1' && tar --format=gnu -b 1 -c oci-layout index.json blobs; } >"$build/seeds/layout"
    cd "$OLDPWD"
fi

# The limits are the reader's own promise: work and memory that are bounded.
nice -n 19 "$build/fuzzer" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$build/findings/" "$@" "$build/corpus" "$build/seeds"
