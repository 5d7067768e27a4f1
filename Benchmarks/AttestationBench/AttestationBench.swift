// Times the verification of one piece of evidence a kind: attestation-bench VECTORS [REPETITIONS [KIND]], median
// processor times in milliseconds as JSON; with a kind, that kind alone, which is how allocations are counted.

import Attestation
import Foundation

/// One piece of evidence that is verified again and again, from its bytes to its claims.
private struct Sample {
    let kind: EvidenceKind
    let files: [String: String]
    let time: TimeInterval

    /// The same evidence that the peers verify.
    static let all: [String: Sample] = [
        "tdx": Sample(
            kind: .tdx,
            files: ["quote": "tdx/dcap-qvl/tdx_quote.bin", "collateral": "tdx/dcap-qvl/tdx_quote_collateral.json"],
            time: 1_751_328_000
        ),
        "sgx": Sample(
            kind: .sgx,
            files: ["quote": "sgx/dcap-qvl/sgx_quote.bin", "collateral": "sgx/dcap-qvl/sgx_quote_collateral.json"],
            time: 1_751_328_000
        ),
        "tpm": Sample(
            kind: .tpm,
            files: [
                "attest": "tpm/go-tpm-tools/gce-cos-85-nonce9009/sha256_attest.bin",
                "signature": "tpm/go-tpm-tools/gce-cos-85-nonce9009/sha256_signature_tpmt.bin",
                "pcrs": "tpm/go-tpm-tools/gce-cos-85-nonce9009/sha256_pcrs.json",
                "ak_public": "tpm/go-tpm-tools/ak_tpmt_public.bin", "ak_certificate": "tpm/go-tpm-tools/ak_cert.der",
                "ak_intermediate": "tpm/go-tpm-tools/tpm_ek_intermediate_2.crt",
            ],
            time: 1_672_531_200
        ),
        "snp": Sample(
            kind: .snp,
            files: [
                "report": "snp/oak/report_v5_turin_oc.bin", "vcek": "snp/oak/vcek_turin_oc.der",
                "ask": "snp/amd-roots/turin_ask.der", "ark": "snp/amd-roots/turin_ark.der",
            ],
            time: 1_755_302_400
        ),
    ]
}

/// What this thread has used of a processor, in milliseconds; other programs on the machine do not count.
private func usedMilliseconds() -> Double {
    var time = timespec()
    // Safe: the structure is a variable of our own.
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

@main
enum AttestationBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else {
            print("usage: attestation-bench VECTORS [REPETITIONS [KIND]]")
            exit(64)
        }
        let folder = URL(filePath: arguments[1])
        let repetitions = arguments.count > 2 ? Int(arguments[2]) ?? 200 : 200
        let kinds = arguments.count > 3 ? [arguments[3]] : Sample.all.keys.sorted()
        let authority = try Data(contentsOf: folder.appending(path: "tpm/go-tpm-tools/tpm_ek_root_1.cer"))
        let root = try TrustAnchor(tpmAuthority: Array(authority), origin: "the vectors")
        let verifier = Verifier(alsoTrustingDeveloperRoots: [root])
        var results: [String: Double] = [:]
        for kind in kinds {
            guard let sample = Sample.all[kind] else { continue }
            var parts: [String: [UInt8]] = [:]
            for (name, path) in sample.files {
                parts[name] = Array(try Data(contentsOf: folder.appending(path: path)))
            }
            let times = try (0..<repetitions).map { _ in
                let start = usedMilliseconds()
                let evidence = try UnverifiedEvidence(kind: sample.kind, parts: EvidenceParts(parts))
                let outcome = verifier.verify(evidence, at: Date(timeIntervalSince1970: sample.time))
                guard case .verified = outcome else { fatalError("\(kind): \(outcome)") }
                return usedMilliseconds() - start
            }
            results[kind] = times.sorted()[repetitions / 2]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(results), as: UTF8.self))
    }
}
