import Attestation
import Foundation
import Testing

/// Genuine Intel evidence, in which tests change one field at a time.
struct DcapSample: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: EvidenceKind
    let parts: [String: String]
    /// A time at which everything in it was valid.
    let time: TimeInterval
    /// The offset of the body, and its fields with their offsets in it.
    let bodyOffset: Int
    let body: [(name: String, range: Range<Int>)]

    var testDescription: String { name }

    static let all = [trustDomain, newTrustDomain, enclave]

    static let trustDomain = DcapSample(
        name: "TDX version 4",
        kind: .tdx,
        parts: ["quote": "tdx/dcap-qvl/tdx_quote.bin", "collateral": "tdx/dcap-qvl/tdx_quote_collateral.json"],
        time: 1_751_328_000,
        bodyOffset: 48,
        body: Array(domainFields.dropLast(2))
    )
    static let newTrustDomain = DcapSample(
        name: "TDX version 5",
        kind: .tdx,
        parts: [
            "quote": "tdx/go-tdx-guest/quote_v5_sample.bin",
            "collateral": "tdx/go-tdx-guest/collateral_v5_2026-02-20.json",
        ],
        time: 1_771_545_600,
        bodyOffset: 54,
        body: domainFields
    )
    static let enclave = DcapSample(
        name: "SGX version 3",
        kind: .sgx,
        parts: ["quote": "sgx/dcap-qvl/sgx_quote.bin", "collateral": "sgx/dcap-qvl/sgx_quote_collateral.json"],
        time: 1_751_328_000,
        bodyOffset: 48,
        body: enclaveFields
    )

    /// The fields of an enclave report (Intel SDM, volume 3D, REPORT).
    static let enclaveFields: [(name: String, range: Range<Int>)] = [
        ("CPUSVN", 0..<16), ("MISCSELECT", 16..<20), ("ISVEXTPRODID", 32..<48), ("ATTRIBUTES", 48..<64),
        ("MRENCLAVE", 64..<96), ("MRSIGNER", 128..<160), ("CONFIGID", 192..<256), ("ISVPRODID", 256..<258),
        ("ISVSVN", 258..<260), ("CONFIGSVN", 260..<262), ("ISVFAMILYID", 304..<320), ("REPORTDATA", 320..<384),
    ]
    private static let domainFields: [(name: String, range: Range<Int>)] = [
        ("TEE_TCB_SVN", 0..<16), ("MRSEAM", 16..<64), ("MRSIGNERSEAM", 64..<112), ("SEAMATTRIBUTES", 112..<120),
        ("TDATTRIBUTES", 120..<128), ("XFAM", 128..<136), ("MRTD", 136..<184), ("MRCONFIGID", 184..<232),
        ("MROWNER", 232..<280), ("MROWNERCONFIG", 280..<328), ("RTMR0", 328..<376), ("RTMR1", 376..<424),
        ("RTMR2", 424..<472), ("RTMR3", 472..<520), ("REPORTDATA", 520..<584), ("TEE_TCB_SVN2", 584..<600),
        ("MRSERVICETD", 600..<648),
    ]

    var isEnclave: Bool { kind == .sgx }
    /// The offset of the signature data's length.
    var signatureOffset: Int { bodyOffset + (isEnclave ? 384 : kind == .tdx && body.count == 17 ? 648 : 584) }
    /// The offset of the quoting enclave's report.
    var reportOffset: Int { signatureOffset + 4 + 128 + (isEnclave ? 0 : 6) }

    /// The content of the parts.
    func bytes() throws -> [String: [UInt8]] {
        try parts.mapValues(Vectors.bytes)
    }

    /// The quote without collateral, which is enough where a signature fails first.
    func quoteAlone() throws -> [String: [UInt8]] {
        try bytes().filter { $0.key == "quote" }
    }

    /// Verifies parts at the sample's time plus some seconds.
    func verify(_ parts: [String: [UInt8]], after seconds: TimeInterval = 0) -> Verifier.Outcome {
        do throws(AttestationError) {
            let evidence = try UnverifiedEvidence(kind: kind, parts: EvidenceParts(parts))
            return Verifier().verify(evidence, at: Date(timeIntervalSince1970: time + seconds))
        } catch {
            return .refused([error.finding])
        }
    }

    /// All reasons to refuse parts; empty where they are verified.
    func findings(_ parts: [String: [UInt8]], after seconds: TimeInterval = 0) -> [Finding] {
        guard case .refused(let findings) = verify(parts, after: seconds) else { return [] }
        return findings
    }

    /// Every field of the quote, with the checks of which one must fail when it is changed.
    var fields: [(name: String, range: Range<Int>, checks: Set<String>)] {
        let signed: Set = ["dcap.quote-signature-invalid"]
        let fixed: Set = ["evidence.field-invalid"]
        let length: Set = ["evidence.truncated", "evidence.trailing-bytes"]
        let certified = reportOffset + 384 + 64
        var fields: [(name: String, range: Range<Int>, checks: Set<String>)] = [
            ("version", 0..<2, fixed), ("attestation key type", 2..<4, fixed), ("TEE type", 4..<8, fixed),
            ("QE SVN", 8..<10, signed), ("PCE SVN", 10..<12, signed), ("QE vendor", 12..<28, fixed),
            ("USER_DATA", 28..<48, signed), ("signature data", signatureOffset..<(signatureOffset + 4), length),
            ("quote signature", (signatureOffset + 4)..<(signatureOffset + 68), signed),
            (
                "attestation key", (signatureOffset + 68)..<(signatureOffset + 132),
                ["dcap.attestation-key-invalid", "dcap.attestation-key-unbound"]
            ),
            ("QE report signature", (reportOffset + 384)..<certified, ["dcap.qe-signature-invalid"]),
            ("QE authentication data", certified..<(certified + 2), length),
            ("QE authentication data", (certified + 2)..<(certified + 34), ["dcap.attestation-key-unbound"]),
            ("certification data type", (certified + 34)..<(certified + 36), fixed),
            ("certification data", (certified + 36)..<(certified + 40), length),
        ]
        if bodyOffset == 54 { fields += [("body type", 48..<50, fixed), ("body size", 50..<54, fixed)] }
        if !isEnclave {
            fields += [
                ("outer certification data type", (reportOffset - 6)..<(reportOffset - 4), fixed),
                ("outer certification data", (reportOffset - 4)..<reportOffset, length),
            ]
        }
        fields += body.map {
            ($0.name, ($0.range.lowerBound + bodyOffset)..<($0.range.upperBound + bodyOffset), signed)
        }
        fields += Self.enclaveFields.map { field in
            (
                "QE report \(field.name)",
                (field.range.lowerBound + reportOffset)..<(field.range.upperBound + reportOffset),
                ["dcap.qe-signature-invalid"]
            )
        }
        return fields
    }
}
