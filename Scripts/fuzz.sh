#!/usr/bin/env bash
# Fuzzes one reader of what comes from outside, or all of them one after another.
#
#   Scripts/fuzz.sh SECONDS WHAT [libFuzzer options]
#
# WHAT is json, images, containers, cpio, ext2, an evidence's kind (snp, tdx, sgx, tpm, nitro, azure-vtpm), the log behind one
# (tpm-log, tdx-log), policy, document (the answer on an attested connection), broker (what process 1 is told, and tells),
# evidence (all of these from snp on), or all. Each takes SECONDS, and the first finding ends it all.
#
#   Scripts/fuzz.sh check      type-check every harness, and no more; needs a debug build (swift build)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
readonly kinds="snp|tdx|sgx|tpm|nitro|azure-vtpm|tpm-log|tdx-log|policy|document|broker"
readonly usage="usage: Scripts/fuzz.sh SECONDS json|images|containers|cpio|ext2|$kinds|evidence|all"
if [ "${1:-}" = check ]; then
    ./fuzz-json.sh check
    ./fuzz-images.sh check
    ./fuzz-containers.sh check
    ./fuzz-root-file-systems.sh check cpio
    ./fuzz-attestation.sh check
    exit 0
fi
readonly seconds="${1:?$usage}" what="${2:?$usage}"
shift 2

evidence=(snp tdx sgx tpm nitro azure-vtpm tpm-log tdx-log policy document broker)
case "$what" in
all) targets=(json images containers cpio ext2 "${evidence[@]}") ;;
evidence) targets=("${evidence[@]}") ;;
*) targets=("$what") ;;
esac
for target in "${targets[@]}"; do
    case "$target" in
    json) ./fuzz-json.sh "$seconds" "$@" ;;
    images) ./fuzz-images.sh "$seconds" "$@" ;;
    containers) ./fuzz-containers.sh "$seconds" "$@" ;;
    cpio | ext2) ./fuzz-root-file-systems.sh "$seconds" "$target" "$@" ;;
    snp | tdx | sgx | tpm | nitro | azure-vtpm | *-log | policy | document | broker)
        ./fuzz-attestation.sh "$seconds" "$target" "$@" ;;
    *)
        echo "$usage" >&2
        exit 64 ;;
    esac
done
