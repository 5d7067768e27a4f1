#!/usr/bin/env bash
# Runs the server under a steady load and watches its memory, threads, open files and answers.
#
#   Scripts/soak.sh SECONDS [PACK [IMAGE]]        or "100000-requests" instead of a time
#
# The load is 80 % of what the server reaches first, or RATE requests a second, and less while the machine has no core to
# spare; ONNX Runtime alone. Fails where an answer is missing or not 200, or where the memory of the last quarter is more
# than 8 MB above that of the first. PACK is Models/signal-flags unless said, whose 100,000 requests take minutes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in
'' | -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    [ -n "${1:-}" ] || exit 64
    exit 0
    ;;
*-requests) length=(--requests "${1%-requests}") ;;
*) length=(--seconds "$1") ;;
esac
[ -x .build/release/adyton ] || {
    printf 'soak: error: .build/release/adyton is missing; run "Scripts/swift-release.sh" first\n' >&2
    exit 66
}
exec .deps/python/bin/python Benchmarks/serving/soak.py "${length[@]}" ${RATE:+--rate "$RATE"} \
    --pack "${2:-Models/signal-flags}" --image "${3:-Models/signal-flags/selftest/alfa.jpg}"
