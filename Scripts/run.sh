#!/usr/bin/env bash
# Runs a model server, has it prove what it is, asks it about the sample images with our own client, and stops it.
#
#   Scripts/run.sh sealed MODEL        one signed package in a measured virtual machine
#   Scripts/run.sh unpackaged MODEL    the same root file system in such a machine, without a package
#   Scripts/run.sh plain MODEL         a process of this host, which proves nothing: plain HTTP on the loopback
#
# MODEL is signal-flags, the bundled model with its sample images, or alexnet, torchvision's AlexNet and three photographs;
# the latter downloads both once. Exit status 0 only where every image got the right first answer from both engines.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'run: %s\n' "$*"; }
# stage WHAT: what happens now, and how long everything before it took.
stage() { printf 'run: %s (after %d s)\n' "$*" "$SECONDS"; }
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

readonly mode="${1:-sealed}"
case "$mode" in
sealed | unpackaged | plain) ;;
*) fail "unknown way to run '$mode'; expected sealed, unpackaged or plain" 64 ;;
esac

# Set-up waits for the network most of the time. Meanwhile Swift packages are cloned, and what needs none of set-up's libraries
# is compiled: the gateway's modules, which are half of all there is to compile. The builds below find them done.
mkdir -p .cache || true
# Set-up says why somebody cannot write here.
if command -v swift >/dev/null && [ -w .cache ]; then
    stage "setting up; meanwhile cloning Swift packages and compiling what needs no library"
    (
        swift package resolve
        Scripts/swift-release.sh --quiet --target AttestedGateway
        Scripts/swift-release.sh --quiet --product adyton-init
    ) >.cache/resolve.log 2>&1 &
    readonly early=$!
fi

case "${2:-signal-flags}" in
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
*) fail "unknown model '$2'; expected signal-flags or alexnet" 64 ;;
esac

[ -z "${early:-}" ] || wait "$early" || {
    tail -n 5 .cache/resolve.log >&2
    fail "the Swift packages could not be cloned or compiled; all that was said is in .cache/resolve.log" 69
}

# build PRODUCT WHAT: a product of the release and what it needs, no more. A terminal shows SwiftPM's own progress; anywhere
# else one line says what is built, and only errors follow.
build() {
    stage "building $2"
    if [ -t 1 ]; then
        Scripts/swift-release.sh --product "$1"
    else
        Scripts/swift-release.sh --product "$1" --quiet
    fi
}

build adyton "the command"
build AdytonTorch "the PyTorch engine"
readonly adyton=.build/release/adyton
readonly log=.cache/run.log

# Puts the server and the model into one app directory, and makes what the wanted way to run needs of it.
readonly machine=.cache/machine
pack_server() {
    build adyton-server "the server"
    build adyton-init "process 1"
    ADYTON_BUILD=.build/release Scripts/build-guest.sh >/dev/null
    mkdir -p "$machine"
    stage "copying the server, its libraries and the model into a root file system"
    rm -rf "$machine/root"
    ADYTON_BUILD=.build/release Scripts/server-root.sh both "$machine/root" "$pack" >/dev/null
    [ "$mode" = sealed ] || return 0
    [ -f "$machine/signer.pem" ] || "$adyton" keygen -o "$machine/signer.pem"
    rm -f "$machine/server.adyton"
    stage "packing them into one signed package"
    "$adyton" package --owner 0:0 -o "$machine/server.adyton" "$machine/root" "$machine/signer.pem" \
        Examples/server/config.json
}

# The machine's TPM is software of this host, and this user's own authority vouches for it. A policy takes such a machine
# only where it names the authority, and every command that trusts it says INSECURE.
readonly policy="$machine/policy.json" root="$machine/developer-root.pem"
trust=(--policy "$policy" --trust-insecure-developer-root "$root")
case "$mode" in
sealed)
    pack_server
    "$adyton" developer-root --pem >"$root"
    stage "making the policy that accepts this package, on this developer's machines"
    "$adyton" policy from --pubkey "$machine/signer.pub.pem" --trust-insecure-developer-root "$root" \
        "$machine/server.adyton" >"$policy"
    command=("$adyton" run --timing --pubkey "$machine/signer.pub.pem" "$machine/server.adyton")
    ;;
unpackaged)
    pack_server
    "$adyton" developer-root --pem >"$root"
    command=("$adyton" exec-vm --timing --sealed --owner 0:0 --app-config-path Examples/server/config.json
        --insecure-policy "$policy" --force --publish 0:8443 --publish 0:8001 "$machine/root" /adyton/bin/adyton-server)
    ;;
plain)
    command=("$adyton" serve "$pack" --port 0)
    trust=(--insecure-plaintext)
    ;;
esac

stage "starting: ${command[*]}"
"${command[@]}" >"$log" 2>&1 &
readonly server=$!
stop() {
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
}
trap stop EXIT

# A process says where it listens; a machine says which port leads in, and then that it is ready.
address=
for _ in $(seq 1800); do
    if [ "$mode" = plain ]; then
        address=$(sed -n 's/^listening on //p' "$log")
    elif grep -q ' is ready$' "$log"; then
        address=$(sed -n 's/^.*port 8443 of the guest is \(.*\)$/https:\/\/\1/p' "$log" | head -n 1)
    fi
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || {
        tail -n 5 "$log" >&2
        fail "the server ended before it was ready; its log is $log"
    }
    sleep 0.1
done
[ -n "$address" ] || fail "the server was not ready within three minutes; its log is $log"
grep -E 'simulat|emulat|KVM|TCG' "$log" || true
stage "the server listens on $address"
grpc=$(sed -n 's/^.*port 8001 of the guest is //p' "$log" | head -n 1)
[ -z "$grpc" ] || say "and for gRPC, under the same key, on $grpc"

status=0
if [ "$mode" != plain ]; then
    say "what the machine proves, before it is sent anything:"
    "$adyton" verify "$address" --timeout 120 "${trust[@]}" ||
        fail "the machine did not prove what it is, so that nothing was sent to it; its log is $log"
fi
[ "$mode" != unpackaged ] ||
    say "not proven: whose the server is, and which model answers. Nobody signed them; only their measurement is compared"
"$adyton" infer "$address" "${trust[@]}" --wait 120 --timeout 120 --expect "$expected" "$images" || status=$?
if [ "$status" != 0 ]; then
    tail -n 5 "$log" >&2
    fail "not every image got the right answer from both engines; the server's log is $log" "$status"
fi

trap - EXIT
kill -TERM "$server" 2>/dev/null || true
wait "$server" || fail "the server did not end with 0 on SIGTERM; its log is $log"
case "$mode" in
sealed) readonly proof="the machine proved that it runs the package" ;;
unpackaged) readonly proof="the machine proved what it measures to" ;;
plain) readonly proof="nothing was proven" ;;
esac
stage "$proof, every image got the right answer from both engines, and the server stopped cleanly"
