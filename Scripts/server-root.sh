#!/usr/bin/env bash
# Makes the server's own root file system, as an app directory: the server, its libraries, a model pack, no shell.
#
#   Scripts/server-root.sh onnx|both FOLDER [MODEL]      MODEL is a pack's folder; Models/signal-flags without it
#
# FOLDER must not be there yet. `adyton mkext2 --owner 0:0 FOLDER IMAGE` makes the image of it.
set -euo pipefail

fail() {
    printf 'server-root: error: %s\n' "$*" >&2
    exit 1
}
[ $# -ge 2 ] || fail "usage: Scripts/server-root.sh onnx|both FOLDER [MODEL]"
folder=$(realpath -m "$2")
model=${3:+$(realpath -m "$3")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly engines=$1 folder model=${model:-Models/signal-flags}
readonly build="${ADYTON_BUILD:-.build/release}"

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
readonly parts
libraries=(--library .deps/onnxruntime/lib/libonnxruntime.so.1)
case "$engines" in
onnx) programs=server ;;
both)
    programs=both
    libraries+=(--library "$parts/libAdytonTorch.so" --library-path .deps/torch/lib)
    ;;
*) fail "unknown engines '$engines'; expected onnx or both" ;;
esac
[ -n "${ADYTON_BUILD:-}" ] || Scripts/swift-release.sh --product adyton
Scripts/build-guest.sh "$programs" "$parts" >/dev/null
"$build/adyton" bundle "$parts/adyton-server:/adyton/bin/adyton-server" "$folder" "${libraries[@]}" \
    --add "$model:/adyton/model"
du -sh --apparent-size "$folder"
