#!/usr/bin/env bash
# Measures sealed machines: start by stages, size of the trusted base, packing, and serving inside against outside.
#
#   Benchmarks/machine.sh [FOLDER] [SECONDS]      FOLDER is for packages; SECONDS is how long each load lasts
#
# Software emulation only, so that figures of machines with and without KVM can be compared. ADYTON_BUILD names a folder
# with a release build; without it one is made.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly folder="${1:-.build/bench-machine}" seconds="${2:-8}"
if [ -z "${ADYTON_BUILD:-}" ]; then
    Scripts/swift-release.sh --product adyton >&2
    Scripts/build-guest.sh all >&2
    ADYTON_BUILD="$(Scripts/swift-release.sh --show-bin-path)"
fi
export ADYTON_BUILD
mkdir -p "$folder"
for engines in onnx both; do
    rm -rf "${folder:?}/$engines"
    Scripts/server-root.sh "$engines" "$folder/$engines" >&2
done
exec python3 Benchmarks/machine/measure.py --build "$ADYTON_BUILD" --folder "$folder" --seconds "$seconds"
