import Crypto
import Diagnostics

/// The TD report from which an Azure machine's TD quote was made.
///
/// Intel's TDX module specification, TDREPORT_STRUCT. Only the same processor can verify its MAC, so it proves nothing
/// by itself: every field that the signed quote has too must be equal, and its two digests must match the rest. CPUSVN
/// and the MAC are not checked.
struct AzureTdReport {
    /// The fields and their ranges in the report.
    static let fields: [FieldRange] = [
        FieldRange("REPORTTYPE", 0, 4), FieldRange("TEE_TCB_INFO_HASH", 32, 48), FieldRange("TEE_INFO_HASH", 80, 48),
        FieldRange("REPORTDATA", 128, 64), FieldRange("TEE_TCB_INFO", 256, 239),
        FieldRange("TEE_TCB_SVN", 264, 16), FieldRange("MRSEAM", 280, 48), FieldRange("MRSIGNERSEAM", 328, 48),
        FieldRange("SEAMATTRIBUTES", 376, 8), FieldRange("ATTRIBUTES", 512, 8),
        FieldRange("XFAM", 520, 8), FieldRange("MRTD", 528, 48), FieldRange("MRCONFIGID", 576, 48),
        FieldRange("MROWNER", 624, 48), FieldRange("MROWNERCONFIG", 672, 48), FieldRange("RTMR0", 720, 48),
        FieldRange("RTMR1", 768, 48), FieldRange("RTMR2", 816, 48), FieldRange("RTMR3", 864, 48),
        FieldRange("SERVTD_HASH", 912, 48), FieldRange("RESERVED_3C0", 960, 64),
    ]
    /// Ranges that must be zero.
    private static let zeros = [4..<16, 192..<224, 495..<512]
    private static let trustDomainType: UInt8 = 0x81

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Compares the report with the quote's signed body.
    func check(_ body: TrustDomainReport, _ work: inout VerificationContext) {
        var differing: [String] = []
        if bytes[0] != Self.trustDomainType || bytes[1] != 0 || bytes[3] != 0 { differing.append("REPORTTYPE") }
        for range in Self.zeros where !bytes[range].allSatisfy({ $0 == 0 }) {
            differing.append("RESERVED_" + String(range.lowerBound, radix: 16, uppercase: true))
        }
        if Array(SHA384.hash(data: bytes[256..<495])) != bytes[32..<80].map(\.self) {
            differing += ["TEE_TCB_INFO_HASH", "TEE_TCB_INFO"]
        }
        if Array(SHA384.hash(data: bytes[512..<1024])) != bytes[80..<128].map(\.self) {
            differing += ["TEE_INFO_HASH", "SERVTD_HASH", "RESERVED_3C0"]
        }
        let signed: [String: [UInt8]] = [
            "REPORTDATA": body.reportData, "TEE_TCB_SVN": body.moduleVersion, "MRSEAM": body.moduleMeasurement,
            "MRSIGNERSEAM": body.moduleSigner, "SEAMATTRIBUTES": body.moduleAttributes,
            "ATTRIBUTES": Self.littleEndian(body.attributes),
            "XFAM": Self.littleEndian(body.extendedFeatures), "MRTD": body.measurement,
            "MRCONFIGID": body.configuration, "MROWNER": body.owner, "MROWNERCONFIG": body.ownerConfiguration,
            "RTMR0": body.runtimeMeasurements[0], "RTMR1": body.runtimeMeasurements[1],
            "RTMR2": body.runtimeMeasurements[2], "RTMR3": body.runtimeMeasurements[3],
        ]
        for field in Self.fields {
            if let expected = signed[field.name], Array(bytes[field.range]) != expected { differing.append(field.name) }
        }
        guard !differing.isEmpty else { return }
        work.refuse(
            AzureCheck.hardwareReportMismatch,
            subject: "TD report",
            fields: differing,
            expected: "what the TD quote has"
        )
    }

    private static func littleEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
