#!/usr/bin/env bash
# Builds what sealed machines carry of ours, stripped, the same bytes in any folder: process 1, which is static, and where it
# is asked for the gateway.
#
#   Scripts/build-guest.sh [OUT]                process 1 at OUT (default .build/guest/init)
#   Scripts/build-guest.sh gateway [FOLDER]     init and gateway in FOLDER (default .build/guest)
#
# ADYTON_BUILD names a build that is there already; then nothing is built.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
gateway=
out=.build/guest/init
case "${1:-}" in
gateway)
    gateway="${2:-.build/guest}/gateway"
    out="${2:-.build/guest}/init"
    ;;
?*) out=$1 ;;
esac
readonly gateway out build="${ADYTON_BUILD:-.build/release}"
mkdir -p "$(dirname "$out")"

# strip_to FILE OUT: without symbols, and without the compiler's hashes of its modules, which hold the build's folder and
# which nothing reads.
strip_to() {
    strip -s -R .swift_modhash -o "$2.partial" "$1"
    mv "$2.partial" "$2"
    sha256sum "$2"
}

[ -n "${ADYTON_BUILD:-}" ] || swift build -c release --product adyton-init
if readelf -d "$build/adyton-init" | grep -q NEEDED; then
    printf 'build-guest: error: %s asks for libraries; process 1 has to be static\n' "$out" >&2
    exit 1
fi
strip_to "$build/adyton-init" "$out"
[ -n "$gateway" ] || exit 0
[ -n "${ADYTON_BUILD:-}" ] || swift build -c release --product adyton-gateway
strip_to "$build/adyton-gateway" "$gateway"
