#!/usr/bin/env bash
# Measures what proof costs: a connection by its steps and round trips, evidence a second of a process and of a machine, a
# flood of challenges beside inference, and requests on an attested connection against plain TLS and plain HTTP.
#
#   Benchmarks/transport.sh [FOLDER] [SECONDS] [ROUNDS]      FOLDER is for packages; SECONDS is how long each load lasts
#
# Prints tables in Markdown. ADYTON_BUILD names a folder with a release build; without it one is made.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly folder="${1:-.build/bench-transport}" seconds="${2:-8}" rounds="${3:-3}"
if [ -z "${ADYTON_BUILD:-}" ]; then
    for product in adyton adyton-server transport-bench; do Scripts/swift-release.sh --product "$product" >&2; done
    Scripts/build-guest.sh >&2
    ADYTON_BUILD="$(Scripts/swift-release.sh --show-bin-path)"
fi
export ADYTON_BUILD
mkdir -p "$folder"
rm -rf "$folder/root"
Scripts/server-root.sh onnx "$folder/root" >&2
exec python3 Benchmarks/transport/measure.py --build "$ADYTON_BUILD" --folder "$folder" --root "$folder/root" \
    --seconds "$seconds" --rounds "$rounds"
