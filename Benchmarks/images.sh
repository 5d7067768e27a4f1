#!/usr/bin/env bash
# Compares decoding and resizing with Pillow's on one thread, in turns: images.sh FILE [ROUNDS]
#
# Prints each side's median processor times over all rounds, and fails where ours needs more than 0.7 of Pillow's time.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly file="${1:?usage: images.sh FILE [ROUNDS]}"
readonly rounds="${2:-7}"

Scripts/swift-release.sh --product image-bench >&2
bench="$(Scripts/swift-release.sh --show-bin-path)/image-bench"
for ((round = 0; round < rounds; round++)); do
    "$bench" "$file" 40 | sed 's/^/ours /'
    .deps/python/bin/python Benchmarks/images/pillow.py "$file" 40 | sed 's/^/pillow /'
done | .deps/python/bin/python Benchmarks/images/compare.py 0.7
