#!/usr/bin/env bash
# Shows how much memory mkext2, exext2 and mkcpio hold while they work on a large tree.
#
#   Scripts/memory-root-file-systems.sh FOLDER [GIB] [FILES]     20 GiB of data and no small files without them
#
# Fills a new folder in FOLDER with GIB files of 1 GiB (AES in counter mode, so that no block is zero or there twice) and
# FILES files of 20 bytes in folders of 1000, packs it, extracts the image, archives what was extracted, and compares.
# Needs twice the tree's room there; removes it at the end. Fails where a command held more than 256 MiB.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly usage="usage: Scripts/memory-root-file-systems.sh FOLDER [GIB] [FILES]"
readonly place="${1:?$usage}" gibibytes="${2:-20}" files="${3:-0}" limit=$((256 << 10))
readonly adyton="${ADYTON:-$PWD/.build/release/adyton}"
say() { printf 'memory: %s\n' "$*"; }
[ -x "$adyton" ] || { say "error: $adyton is missing; run Scripts/swift-release.sh --product adyton" >&2; exit 66; }

work=$(mktemp -d "$place/adyton-memory-XXXXXX")
readonly work
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
say "making $gibibytes GiB and $files small files"
for index in $(seq "$gibibytes"); do
    openssl enc -aes-128-ctr -K "$(printf '%032x' "$index")" -iv "$(printf '%032x' 0)" -in /dev/zero 2>/dev/null |
        head -c 1G >"$work/tree/large$index" || [ "$(stat -c %s "$work/tree/large$index")" = 1073741824 ]
done
python3 - "$work/tree" "$files" <<'PYTHON'
import os, sys
for index in range(int(sys.argv[2])):
    folder = f"{sys.argv[1]}/d{index // 1000:04d}"
    if index % 1000 == 0:
        os.mkdir(folder)
    with open(f"{folder}/file{index:07d}", "wb", buffering=0) as file:
        file.write(b"%020d" % index)
PYTHON

failed=0
# measure NAME COMMAND...: says how long it took and what it held at most.
measure() {
    local name=$1 peak
    shift
    /usr/bin/time -o "$work/time" -f '%e %M' "$adyton" "$@" >/dev/null
    read -r seconds peak <"$work/time"
    say "$name: $seconds s, at most $((peak / 1024)) MiB"
    [ "$peak" -le "$limit" ] || failed=1
}
measure mkext2 mkext2 "$work/tree" "$work/image"
rm -rf "$work/tree"
measure exext2 exext2 "$work/image" "$work/out"
measure diff diff "$work/image" "$work/out"
rm "$work/image"
measure mkcpio mkcpio "$work/out" "$work/archive"
[ "$failed" = 0 ] || { say "error: more than 256 MiB" >&2; exit 1; }
