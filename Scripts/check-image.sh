#!/usr/bin/env bash
# Judges the container image by programs that are not ours: made twice, it is the same; skopeo reads it; buildah unpacks it, and
# the server in it answers about a sample image as the user that the image names.
#
#   Scripts/check-image.sh onnx|both
#
# Needs root, for buildah's chroot isolation. ADYTON_BUILD names a build that is there already.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'check-image: %s\n' "$*"; }
fail() {
    printf 'check-image: error: %s\n' "$*" >&2
    exit 1
}
readonly engines="${1:?usage: Scripts/check-image.sh onnx|both}"
for program in skopeo buildah curl; do
    command -v "$program" >/dev/null || fail "$program is missing; Scripts/setup.sh package brings it"
done
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
readonly work

Scripts/image.sh "$engines" "$work/first.tar"
ADYTON_BUILD="${ADYTON_BUILD:-.build/release}" Scripts/image.sh "$engines" "$work/second.tar" >/dev/null
cmp "$work/first.tar" "$work/second.tar" || fail "the image is not the same when it is made again"
rm "$work/second.tar"
say "made twice, it is the same"

skopeo inspect --config "oci-archive:$work/first.tar" >"$work/config.json" || fail "skopeo refuses the image"
grep -q '"User": "1000:1000"' "$work/config.json" || fail "the image names no user"

printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
become() { TMPDIR="$work" exec buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
storage() { (become "$@"); }
storage from --name server --signature-policy "$work/policy.json" "oci-archive:$work/first.tar" >/dev/null
say "buildah has unpacked it"
# What the configuration says, on other ports; buildah's run wants the words of the command itself.
mapfile -t words < <(python3 -c 'import json, sys
config = json.load(open(sys.argv[1]))["config"]
for word in config["Entrypoint"] + config["Cmd"]:
    print({"8000": "18000", "8001": "18001", "0.0.0.0": "127.0.0.1"}.get(word, word))' "$work/config.json")
become run --isolation chroot --network host --user 1000:1000 --volume "$PWD/Models/signal-flags:/adyton/model:ro" server -- \
    "${words[@]}" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 600); do
    ! curl --fail --silent --max-time 5 --output /dev/null http://127.0.0.1:18000/v2/health/ready || break
    kill -0 "$server" 2>/dev/null || {
        cat "$work/log" >&2
        fail "the server in the image ended"
    }
    sleep 0.5
done
answer=$(curl --fail --silent --show-error --max-time 60 -F image=@Examples/images/harbour-1.jpg http://127.0.0.1:18000/evaluate) ||
    fail "the server in the image does not answer: $(tail -n 5 "$work/log")"
label=$(python3 -c 'import json; print(json.load(open("Examples/images/expected.json"))["harbour-1.jpg"])')
grep -q "$label" <<<"$answer" || fail "the answer is not $label: $answer"
say "the server in the image answers $label"
kill -TERM "$server"
wait "$server" || true
server=
