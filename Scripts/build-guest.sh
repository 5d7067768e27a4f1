#!/usr/bin/env bash
# Builds the programs that sealed machines measure, stripped, the same bytes in every folder, for every user, at any time.
#
#   Scripts/build-guest.sh [OUT]                process 1 at OUT (default .build/guest/init)
#   Scripts/build-guest.sh gateway [FOLDER]     init and gateway in FOLDER (default .build/guest)
#   Scripts/build-guest.sh server [FOLDER]      adyton-server
#   Scripts/build-guest.sh both [FOLDER]        adyton-server and libAdytonTorch.so
#   Scripts/build-guest.sh torch [FOLDER]       libAdytonTorch.so
#   Scripts/build-guest.sh all [FOLDER]         all of them
#
# ADYTON_BUILD names a build that is there already; then nothing is built. Every way to run, install or pack takes these
# programs from here. Scripts/compare-builds.sh compares two builds.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${2:-.build/guest}
case "${1:-}" in
gateway) parts=(init gateway) ;;
server) parts=(adyton-server) ;;
both) parts=(adyton-server libAdytonTorch.so) ;;
torch) parts=(libAdytonTorch.so) ;;
all) parts=(init gateway adyton-server libAdytonTorch.so) ;;
*)
    out=${1:-.build/guest/init}
    parts=(init)
    ;;
esac
readonly folder out parts build="${ADYTON_BUILD:-.build/release}"
root=$(pwd -P)
readonly root

fail() {
    printf 'build-guest: error: %s\n' "$*" >&2
    exit 1
}

# erase_hashes FILE: fills the compiler's hashes of its modules with zeros; they hold the build's folder, and nothing reads
# them. Were the section removed, strip would forget which memory is read-only after the start (RELRO).
erase_hashes() {
    local place
    place=$(readelf --section-headers --wide "$1" |
        sed -n 's/.* \.swift_modhash *PROGBITS *[0-9a-f]* \([0-9a-f]*\) \([0-9a-f]*\) .*/16#\1 16#\2/p')
    [ -n "$place" ] || return 0
    dd if=/dev/zero of="$1" bs=1 seek=$((${place% *})) count=$((${place#* })) conv=notrunc status=none
}

# strip_to FILE OUT OPTION: without symbols, and without the hashes. `adyton bundle` treats what it copies in the same way,
# and changes nothing more.
strip_to() {
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2.partial"
    erase_hashes "$2.partial"
    strip "$3" "$2.partial"
    # A debug build names its folder. In this folder's release such a path would be bytes that nobody else gets.
    case "$(realpath "$1")" in
    "$root"/.build/*/release/*)
        if LC_ALL=C grep --quiet --text --fixed-strings "$root/" "$2.partial"; then
            rm -f "$2.partial"
            fail "$1 contains the path of this folder; build it with Scripts/swift-release.sh"
        fi
        # One call of Foundation's that knows languages brings them all: 45 MB that every start reads and hashes.
        if [ -n "$(nm "$1" 2>/dev/null | sed -n '/ icudt/p')" ]; then
            rm -f "$2.partial"
            fail "$1 contains ICU's data; use the standard library or FoundationEssentials in what it is made of"
        fi
        ;;
    esac
    chmod 755 "$2.partial"
    mv "$2.partial" "$2"
    sha256sum "$2"
}

# product_of PART: what the build calls it.
product_of() {
    case "$1" in
    init | gateway) printf 'adyton-%s' "$1" ;;
    libAdytonTorch.so) printf 'AdytonTorch' ;;
    *) printf '%s' "$1" ;;
    esac
}

for part in "${parts[@]}"; do
    product=$(product_of "$part")
    [ -n "${ADYTON_BUILD:-}" ] || Scripts/swift-release.sh --product "$product"
    case "$part" in
    init)
        if readelf -d "$build/$product" | grep -q NEEDED; then
            fail "$build/$product asks for libraries; process 1 has to be static"
        fi
        strip_to "$build/$product" "${out:-$folder/init}" --strip-all
        ;;
    libAdytonTorch.so) strip_to "$build/$part" "$folder/$part" --strip-unneeded ;;
    *) strip_to "$build/$product" "$folder/$part" --strip-all ;;
    esac
done
