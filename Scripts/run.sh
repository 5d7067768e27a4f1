#!/usr/bin/env bash
# Serves a model on loopback, asks it about the sample images with our own client, and stops it.
#
#   Scripts/run.sh signal-flags     the bundled model and its sample images
#   Scripts/run.sh alexnet          torchvision's AlexNet and three photographs; downloads both once
#
# Exit status 0 only where every image got the right first answer from both engines.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'run: %s\n' "$*"; }
fail() {
    printf 'run: error: %s\n' "$1" >&2
    exit "${2:-1}"
}

# Where the photographs of the Mystikos sample can be had, and what each must be.
readonly photograph_source=https://raw.githubusercontent.com/deislabs/mystikos/main/samples/pytorch_onnx_inference/test_samples
readonly photograph_digests='
3b5356643f1a5a47fee972e679130385057a3c42c122a9e489d46bfa5586722a  dog.jpg
3f7d26c3a50f2dfe7b3b1f797f25684f72a7afe8a651ad9a5fa58a7520d3dab9  automotive.jpg
b7e2d40107ed078a2b8a6fe1493dc41a7e9a5f2ac571b7d383e7af9d8ae90ecc  strawberries.jpg'

bring_photographs() {
    local folder=.cache/photographs beside=../shared/images digest name
    mkdir -p "$folder"
    while read -r digest name; do
        [ -n "$name" ] || continue
        echo "$digest  $folder/$name" | sha256sum --check --status 2>/dev/null && continue
        if [ -f "$beside/$name" ]; then
            cp "$beside/$name" "$folder/$name.partial"
        else
            say "downloading $name"
            curl --fail --silent --show-error --location --retry 2 --max-time 120 --max-filesize 1000000 \
                --output "$folder/$name.partial" "$photograph_source/$name" ||
                fail "the photograph $name is missing: it is neither in $beside nor could it be downloaded from $photograph_source" 69
        fi
        echo "$digest  $folder/$name.partial" | sha256sum --check --status ||
            fail "$name is not the photograph that was pinned (SHA-256 $digest)" 65
        mv "$folder/$name.partial" "$folder/$name"
    done <<<"$photograph_digests"
}

case "${1:-signal-flags}" in
signal-flags)
    Scripts/setup.sh run
    readonly pack=Models/signal-flags images=Examples/images expected=Examples/images/expected.json
    ;;
alexnet)
    Scripts/setup.sh test
    readonly pack=.cache/models/alexnet images=.cache/photographs expected=Examples/photographs.json
    if [ ! -f "$pack/model-card.json" ]; then
        say "making the AlexNet pack from torchvision's pretrained weights (244 MB, once)"
        .deps/python/bin/python Tools/models/make_alexnet.py --output "$pack" ||
            fail "the AlexNet pack is missing, and could not be made: see above. The bundled model runs without a network: make run" 69
    fi
    bring_photographs
    ;;
*) fail "unknown model '$1'; expected signal-flags or alexnet" 64 ;;
esac

say "building the release"
swift build -c release --product adyton
swift build -c release --product AdytonTorch
readonly adyton=.build/release/adyton

mkdir -p .cache
readonly log=.cache/server.log
: >.cache/server.out
"$adyton" serve "$pack" --port 0 >.cache/server.out 2>"$log" &
readonly server=$!
stop() {
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
}
trap stop EXIT

address=
for _ in $(seq 200); do
    address=$(sed -n 's/^listening on //p' .cache/server.out)
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || {
        tail -n 5 "$log" >&2
        fail "the server ended before it listened; its log is $log"
    }
    sleep 0.05
done
[ -n "$address" ] || fail "the server did not listen within ten seconds; its log is $log"
say "the server listens on $address"

status=0
"$adyton" infer --server "$address" --wait 120 --expect "$expected" "$images" || status=$?
if [ "$status" != 0 ]; then
    grep -E ' (error|critical) ' "$log" >&2 || true
    fail "not every image got the right answer from both engines; the server's log is $log" "$status"
fi

trap - EXIT
kill -TERM "$server" 2>/dev/null || true
wait "$server" || fail "the server did not end with 0 on SIGTERM; its log is $log"
say "every image got the right answer from both engines, and the server stopped cleanly"
