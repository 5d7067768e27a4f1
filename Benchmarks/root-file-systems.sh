#!/usr/bin/env bash
# Compares the root file system tools with e2fsprogs, veritysetup and GNU cpio: root-file-systems.sh [FOLDER] [ROUNDS]
#
# Works in FOLDER (default .build/bench-root-file-systems, which keeps the tree for the next run), on a file system with
# 6 GiB of room and 4 GiB more for each round. Prints medians and ratios, and fails where ours needs more than 0.6 of the
# peers' time for an image, 0.4 for an archive, or 0.5 for an extraction.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$PATH:/usr/sbin:/sbin"
readonly folder="${1:-.build/bench-root-file-systems}" rounds="${2:-3}"
if [ -z "${ADYTON:-}" ]; then
    Scripts/swift-release.sh --product adyton >&2
    ADYTON="$(Scripts/swift-release.sh --show-bin-path)/adyton"
fi
mkdir -p "$folder"
exec python3 Benchmarks/root-file-systems/compare.py --adyton "$ADYTON" --folder "$folder" --rounds "$rounds"
