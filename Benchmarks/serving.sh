#!/usr/bin/env bash
# Measures serving: against the Flask sample, against other model servers, and against our own limits; tables in Markdown.
#
#   Benchmarks/serving.sh IMAGE [--only own|serving|peers]
#
# Wants a release build and Scripts/setup.sh bench. Takes about 15 minutes, and no more than 20; the first run makes the
# pack and the peers' environments before that.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -ge 1 ] && [ "$1" != --help ] || {
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    [ $# -ge 1 ] || exit 64
    exit 0
}
readonly image=$1 only=${3:-all} pack=.cache/models/alexnet-random python=.deps/python/bin/python
for file in "$image" .build/release/adyton "$python"; do
    [ -f "$file" ] || {
        printf 'serving: error: %s is missing; see Benchmarks/serving.sh --help\n' "$file" >&2
        exit 66
    }
done
# A pack from before its card spoke of bfloat16 is made again.
grep -q bfloat16 "$pack/model-card.json" 2>/dev/null ||
    "$python" Tools/models/make_alexnet.py --random-weights 1 --force --output "$pack" >&2
[ "$only" != all ] && [ "$only" != peers ] || "$python" Benchmarks/serving/peers.py --install --pack "$pack" --image "$image"

printf '## Serving\n\nTrue-size AlexNet with random weights, %s, %s cores, load before: %s.\n\n' \
    "$(basename "$image")" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
status=0
for part in own serving peers; do
    [ "$only" = all ] || [ "$only" = "$part" ] || continue
    timeout 400 "$python" "Benchmarks/serving/$part.py" --pack "$pack" --image "$image" || status=1
done
printf 'Load after: %s.\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
exit $status
