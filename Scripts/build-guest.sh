#!/usr/bin/env bash
# Builds process 1 of sealed machines, the same bytes in any folder: static, stripped, at OUT (default .build/guest/init).
#
#   Scripts/build-guest.sh [OUT]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly out="${1:-.build/guest/init}"
swift build -c release --product adyton-init
mkdir -p "$(dirname "$out")"
# The compiler's hashes of its modules hold the build's folder, and nothing reads them.
strip -s -R .swift_modhash -o "$out.partial" .build/release/adyton-init
if readelf -d "$out.partial" | grep -q NEEDED; then
    printf 'build-guest: error: %s asks for libraries; process 1 has to be static\n' "$out" >&2
    exit 1
fi
mv "$out.partial" "$out"
sha256sum "$out"
