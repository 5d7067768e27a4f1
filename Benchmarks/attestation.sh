#!/usr/bin/env bash
# Compares the verification of evidence with peers, in turns: attestation.sh [VECTORS [ROUNDS]]
#
# Prints a table in Markdown: each side's median processor times over all rounds, and how many allocations one verification
# of ours makes. Takes about a minute after the build.
# TDX and SGX against dcap-qvl; TPM and SNP beside OpenSSL's raw signature checks, which do less.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
vectors="${1:-../shared/vectors}" rounds="${2:-9}"
# A file of this evidence that has no public origin, so that Scripts/vectors.sh alone does not bring it.
if [ ! -f "$vectors/snp/oak/report_v5_turin_oc.bin" ]; then
    echo "attestation.sh: $vectors is not the folder of shared evidence" >&2
    exit 1
fi
readonly python="${PYTHON:-.deps/python/bin/python}"
[ -x "$python" ] || Scripts/setup.sh test >&2

Scripts/swift-release.sh --product attestation-bench >&2
bench="$(Scripts/swift-release.sh --show-bin-path)/attestation-bench"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cc -O2 -shared -fPIC Benchmarks/attestation/count.c -o "$work/count.so"
allocations() { LD_PRELOAD="$work/count.so" "$bench" "$vectors" "$1" "$2" 2>&1 >/dev/null | sed -n 's/^allocations //p'; }

{
    for ((round = 0; round < rounds; round++)); do
        "$bench" "$vectors" 100 | sed 's/^/ours /'
        "$python" Benchmarks/attestation/peer.py "$vectors" 100 | sed 's/^/peer /'
    done
    for kind in tdx sgx tpm snp; do
        # What one more verification adds, so that starting up does not count.
        count=$((($(allocations 110 "$kind") - $(allocations 10 "$kind")) / 100))
        printf 'allocations {"%s": %d}\n' "$kind" "$count"
    done
} | "$python" Benchmarks/attestation/compare.py
