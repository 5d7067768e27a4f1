#!/usr/bin/env bash
# Fuzzes the readers of evidence and policies, verification, and what comes in on an attested connection (document) or at
# process 1's socket and channel (broker), with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz-attestation.sh SECONDS PARSER [libFuzzer options]
#   Scripts/fuzz-attestation.sh check
#
# PARSER is snp, snp-table (the host's table of certificates), nitro, azure-vtpm, tdx, sgx, tpm, tpm-log and tdx-log (the
# firmware's logs behind quotes), policy, document, or broker.
#
# "check" type-checks the two harnesses against the modules of a debug build (swift build), and does no more. Otherwise it
# builds the libraries with the harness, takes the shared vectors as seeds, keeps what it learns in
# .build/fuzz-attestation/PARSER/corpus and what it finds in .build/fuzz-attestation/PARSER/findings, and fails where it
# finds anything.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly parsers="snp|snp-table|nitro|azure-vtpm|tdx|sgx|tpm|tpm-log|tdx-log|policy|document|broker"
usage="usage: Scripts/fuzz-attestation.sh SECONDS $parsers [libFuzzer options]"
if [ "${1:-}" = check ]; then
    maps=()
    for map in .build/debug/*.build/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap; do
        [[ $map = *-tool.build/* ]] || maps+=(-Xcc "-fmodule-map-file=$map")
    done
    # The name is the folder's; what is for the package alone is seen under it.
    package=$(sed -n 's/.*"-module-name","Attestation".*"-package-name","\([^"]*\)".*/\1/p' .build/debug.yaml | head -n 1)
    for harness in AttestationFuzzer ConnectionFuzzer; do
        swiftc -typecheck -parse-as-library -package-name "$package" -swift-version 6 -I .build/debug/Modules "${maps[@]}" \
            -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault \
            -enable-upcoming-feature MemberImportVisibility -module-name "$harness" "Tests/Fuzz/$harness.swift"
    done
    exit 0
fi
readonly seconds="${1:?$usage}" parser="${2:?$usage}"
shift 2
readonly project="$PWD" build="${ADYTON_FUZZ_BUILD:-$PWD/.build/fuzz-attestation}"
readonly vectors="${ADYTON_VECTORS:-$PWD/../shared/vectors}"
readonly work="$build/$parser"
rm -rf "$work/parts" "$work/seeds"
mkdir -p "$work"/{parts,seeds,corpus,findings} "$build/Sources"
kind="$parser" length=16384

# One vector's files, as `part=path`, and the clock at which it is verified.
case "$parser" in
snp)
    clock=1755302400
    files=(report=snp/oak/report_v5_turin_oc.bin vcek=snp/oak/vcek_turin_oc.der
        ask=snp/amd-roots/turin_ask.der ark=snp/amd-roots/turin_ark.der) ;;
snp-table)
    kind=snp clock=1771545600
    files=(report=field-2026-11/snp-milan-v3.report.bin
        auxblob=field-2026-11/snp-table-mixed-order.auxblob.bin) ;;
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
tdx-log)
    kind=tdx length=32768
    clock=1750809600
    folder=tdx/go-tdx-guest
    files=("quote=$folder/cos-113-tdx-quote.bin" "collateral=$folder/collateral_00806f05_2025-06-25.json"
        "ccel=$folder/cos-113-ccel.bin") ;;
tpm | tpm-log)
    kind=tpm
    clock=1672531200
    folder=tpm/go-tpm-tools
    export ADYTON_FUZZ_ROOT="$vectors/$folder/tpm_ek_root_1.cer"
    files=("attest=$folder/gce-cos-85-nonce9009/sha256_attest.bin"
        "signature=$folder/gce-cos-85-nonce9009/sha256_signature_tpmt.bin"
        "pcrs=$folder/gce-cos-85-nonce9009/sha256_pcrs.json" "ak_public=$folder/ak_tpmt_public.bin"
        "ak_certificate=$folder/ak_cert.der" "ak_intermediate=$folder/tpm_ek_intermediate_2.crt")
    if [ "$parser" = tpm-log ]; then
        length=32768
        files+=("event_log=$folder/event_log.bin")
    fi ;;
policy | document | broker)
    clock=0
    files=() ;;
*)
    echo "$usage" >&2
    exit 64 ;;
esac

for file in ${files[@]+"${files[@]}"}; do cp "$vectors/${file#*=}" "$work/parts/${file%%=*}"; done
number=0
while IFS= read -r part; do
    # Of a log's fuzzing the log alone is a seed.
    case "$parser/$part" in
    *-log/ccel | *-log/event_log | snp-table/auxblob | snp/* | nitro/* | azure-vtpm/* | tdx/* | sgx/* | tpm/*)
        { printf %b "\\x$(printf %02x "$number")"; cat "$work/parts/$part"; } >"$work/seeds/$part" ;;
    esac
    number=$((number + 1))
done < <(find "$work/parts" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort)
if [ "$parser" = policy ]; then
    cp Tests/Trust/AttestationTests/Fixtures/*.json "$work/seeds/"
fi

# A package of the libraries alone, so that nothing else is built with the sanitizers; of AttestedTransport only what reads.
readonly libraries="Attestation AttestedTransport Diagnostics GuestInterface PackageManifest PeerVerification StrictJSON"
for library in $libraries; do ln -sfn "$(echo "$project"/Sources/*/"$library")" "$build/Sources/$library"; done
mkdir -p "$build/Sources/ConnectionFuzzer"
ln -sfn "$project/Tests/Fuzz/ConnectionFuzzer.swift" "$build/Sources/ConnectionFuzzer/ConnectionFuzzer.swift"
cat >"$build/Package.swift" <<'PACKAGE'
// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")

func library(_ name: String, sources: [String]? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, sources: sources, swiftSettings: settings)
}

let package = Package(
    name: "fuzz-attestation",
    products: [
        .library(name: "FuzzedAttestation", type: .static, targets: ["Attestation"]),
        .library(name: "FuzzedConnection", type: .static, targets: ["ConnectionFuzzer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        library("Diagnostics"),
        library("StrictJSON"),
        library(
            "Attestation",
            ["Diagnostics", "StrictJSON", crypto, cryptoExtras, .product(name: "SwiftASN1", package: "swift-asn1")]
        ),
        library("GuestInterface"),
        library(
            "PackageManifest",
            [
                "Diagnostics", "GuestInterface", "StrictJSON", crypto, cryptoExtras,
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]
        ),
        library(
            "AttestedTransport",
            sources: [
                "Binding", "Evidence/EvidenceDocument.swift", "Evidence/PackageDocuments.swift", "TransportError.swift",
            ],
            ["Attestation", "Diagnostics", "StrictJSON", crypto]
        ),
        library(
            "PeerVerification",
            ["Attestation", "AttestedTransport", "Diagnostics", "GuestInterface", "PackageManifest"]
        ),
        library(
            "ConnectionFuzzer",
            [
                "Attestation", "AttestedTransport", "GuestInterface", "PackageManifest", "PeerVerification", crypto,
                cryptoExtras,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
PACKAGE

case "$parser" in
document | broker) product=FuzzedConnection harness=Tests/Fuzz/Empty.swift fuzzer="$build/connection-fuzzer" ;;
*) product=FuzzedAttestation harness=Tests/Fuzz/AttestationFuzzer.swift fuzzer="$build/attestation-fuzzer" ;;
esac
if [ -z "${ADYTON_FUZZ_PREBUILT:-}" ]; then
    swift build --package-path "$build" -c release --product "$product"
    swiftc -O -g -sanitize=fuzzer,address -parse-as-library -swift-version 6 \
        -I "$build/.build/release/Modules" -L "$build/.build/release" \
        "$harness" -lstdc++ \
        -Xlinker --whole-archive "-l$product" -Xlinker --no-whole-archive -o "$fuzzer"
fi

export ADYTON_FUZZ_KIND="$kind" ADYTON_FUZZ_PARTS="$work/parts" ADYTON_FUZZ_CLOCK="$clock"
if [ "$product" = FuzzedConnection ]; then
    # The harness makes its own seeds, as a shell signs nothing.
    ADYTON_FUZZ_SEEDS="$work/seeds" "$fuzzer" -runs=0 2>/dev/null
fi
nice -n 10 "$fuzzer" -max_total_time="$seconds" -max_len="$length" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=64 \
    -print_final_stats=1 -artifact_prefix="$work/findings/" "$@" "$work/corpus" "$work/seeds"
