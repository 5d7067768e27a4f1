#!/usr/bin/env bash
# Measures our own against the peers, in one run on this machine: decoding against Pillow, root file systems against
# e2fsprogs, veritysetup and cpio, verification of evidence against dcap-qvl, serving against Flask.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'bench: %s\n' "$*"; }

Scripts/setup.sh bench
say "building the release"
Scripts/swift-release.sh
readonly image=${IMAGE:-../shared/images/dog.jpg}
[ -f "$image" ] || {
    printf 'bench: error: the photograph %s is missing; name one with IMAGE=FILE\n' "$image" >&2
    exit 66
}
say "decoding and resizing, against Pillow"
Benchmarks/images.sh "$image"
say "root file systems, against e2fsprogs, veritysetup and cpio"
Benchmarks/root-file-systems.sh
readonly vectors="${VECTORS:-../shared/vectors}"
if [ -f "$vectors/INDEX.json" ]; then
    say "verifying evidence, against dcap-qvl"
    Benchmarks/attestation.sh "$vectors"
else
    say "verifying evidence is left out: the vectors are missing in $vectors; name them with VECTORS=FOLDER"
fi
say "sealed machines, against a bare process"
Benchmarks/machine.sh
say "attested connections, against plain TLS and plain HTTP"
Benchmarks/transport.sh
say "serving, against Flask, other model servers and our own limits"
Benchmarks/serving.sh "$image" "$@"
