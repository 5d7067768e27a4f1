#!/usr/bin/env bash
# Compares decoding and resizing with Pillow's on one thread, in turns: images.sh FILE [ROUNDS]
#
# Prints each side's medians over all rounds, and fails where ours needs more than 0.7 of Pillow's time.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly file="${1:?usage: images.sh FILE [ROUNDS]}"
readonly rounds="${2:-7}"
readonly limit=0.7

swift build -c release --product image-bench >&2
bench="$(swift build -c release --show-bin-path)/image-bench"
readonly bench
for ((round = 0; round < rounds; round++)); do
    "$bench" "$file" 40 | sed 's/^/ours /'
    .deps/python/bin/python Benchmarks/images/pillow.py "$file" 40 | sed 's/^/pillow /'
done | .deps/python/bin/python -c '
import collections, json, statistics, sys
times = collections.defaultdict(lambda: collections.defaultdict(list))
for line in sys.stdin:
    side, numbers = line.split(" ", 1)
    for name, value in json.loads(numbers).items():
        times[name][side].append(value)
for name, sides in sorted(times.items()):
    medians = {side: statistics.median(values) for side, values in sides.items()}
    ratio = medians["ours"] / medians["pillow"] if len(medians) == 2 else None
    print(f"{name:17}" + "".join(f"{side} {value:6.2f} ms   " for side, value in medians.items())
          + (f"ratio {ratio:.2f}" if ratio else ""))
    if name == "decodeAndResize":
        verdict = ratio
sys.exit(f"decodeAndResize takes {verdict:.2f} of Pillow'"'"'s time; at most '"$limit"' is wanted" if verdict > '"$limit"' else 0)
'
