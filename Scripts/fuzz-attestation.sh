#!/usr/bin/env bash
# Fuzzes the readers of evidence and policies, and verification, with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz-attestation.sh SECONDS snp|nitro|azure-vtpm|tdx|sgx|tpm|policy [libFuzzer options]
#
# Builds the library with the harness, takes the shared vectors as seeds, keeps what it learns in
# .build/fuzz-attestation/PARSER/corpus and what it finds in .build/fuzz-attestation/PARSER/findings, and fails where it
# finds anything.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: Scripts/fuzz-attestation.sh SECONDS snp|nitro|azure-vtpm|tdx|sgx|tpm|policy [libFuzzer options]"
readonly seconds="${1:?$usage}" parser="${2:?$usage}"
shift 2
readonly project="$PWD" build="${ADYTON_FUZZ_BUILD:-$PWD/.build/fuzz-attestation}"
readonly vectors="${ADYTON_VECTORS:-$PWD/../shared/vectors}"
readonly work="$build/$parser"
rm -rf "$work/parts" "$work/seeds"
mkdir -p "$work"/{parts,seeds,corpus,findings} "$build/Sources"

# One vector's files, as `part=path`, and the clock at which it is verified.
case "$parser" in
snp)
    clock=1755302400
    files=(report=snp/oak/report_v5_turin_oc.bin vcek=snp/oak/vcek_turin_oc.der
        ask=snp/amd-roots/turin_ask.der ark=snp/amd-roots/turin_ark.der) ;;
nitro)
    clock=1766668800
    files=(document=nitro/dstack/doc_2025_a.bin) ;;
azure-vtpm)
    clock=1740787200
    folder=azure-vtpm/trustee/snp-genoa
    files=("hcl_report=$folder/hcl_report.bin" "attest=$folder/attest.bin" "pcrs=$folder/pcrs.json"
        "signature_raw=$folder/signature_rsassa_sha256.bin" "vcek=$folder/vcek.der"
        ask=snp/amd-roots/genoa_ask.der ark=snp/amd-roots/genoa_ark.der) ;;
tdx)
    clock=1751328000
    files=(quote=tdx/dcap-qvl/tdx_quote.bin collateral=tdx/dcap-qvl/tdx_quote_collateral.json) ;;
sgx)
    clock=1751328000
    files=(quote=sgx/dcap-qvl/sgx_quote.bin collateral=sgx/dcap-qvl/sgx_quote_collateral.json) ;;
tpm)
    clock=1672531200
    folder=tpm/go-tpm-tools
    export ADYTON_FUZZ_ROOT="$vectors/$folder/tpm_ek_root_1.cer"
    files=("attest=$folder/gce-cos-85-nonce9009/sha256_attest.bin"
        "signature=$folder/gce-cos-85-nonce9009/sha256_signature_tpmt.bin"
        "pcrs=$folder/gce-cos-85-nonce9009/sha256_pcrs.json" "ak_public=$folder/ak_tpmt_public.bin"
        "ak_certificate=$folder/ak_cert.der" "ak_intermediate=$folder/tpm_ek_intermediate_2.crt") ;;
policy)
    clock=0
    files=() ;;
*)
    echo "$usage" >&2
    exit 64 ;;
esac

for file in ${files[@]+"${files[@]}"}; do cp "$vectors/${file#*=}" "$work/parts/${file%%=*}"; done
number=0
for part in $(cd "$work/parts" && ls | LC_ALL=C sort); do
    { printf "\\x$(printf %02x "$number")"; cat "$work/parts/$part"; } >"$work/seeds/$part"
    number=$((number + 1))
done
if [ "$parser" = policy ]; then
    cp Tests/AttestationTests/Fixtures/*.json "$work/seeds/"
fi

# A package of the library alone, so that nothing else is built with the sanitizers.
ln -sfn "$project/Sources/Attestation" "$build/Sources/Attestation"
ln -sfn "$project/Sources/Diagnostics" "$build/Sources/Diagnostics"
cat >"$build/Package.swift" <<'PACKAGE'
// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]
let package = Package(
    name: "fuzz-attestation",
    products: [.library(name: "FuzzedAttestation", type: .static, targets: ["Attestation"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .target(name: "Diagnostics", swiftSettings: settings),
        .target(
            name: "Attestation",
            dependencies: [
                "Diagnostics", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
PACKAGE
if [ -z "${ADYTON_FUZZ_PREBUILT:-}" ]; then
    swift build --package-path "$build" -c release --product FuzzedAttestation
    swiftc -O -g -sanitize=fuzzer,address -parse-as-library -swift-version 6 \
        -I "$build/.build/release/Modules" -L "$build/.build/release" \
        Tests/Fuzz/AttestationFuzzer.swift -lstdc++ \
        -Xlinker --whole-archive -lFuzzedAttestation -Xlinker --no-whole-archive -o "$build/attestation-fuzzer"
fi

ADYTON_FUZZ_KIND="$parser" ADYTON_FUZZ_PARTS="$work/parts" ADYTON_FUZZ_CLOCK="$clock" \
    nice -n 10 "$build/attestation-fuzzer" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=64 -print_final_stats=1 -artifact_prefix="$work/findings/" "$@" \
    "$work/corpus" "$work/seeds"
