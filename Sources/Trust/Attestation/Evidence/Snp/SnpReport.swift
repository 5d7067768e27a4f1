import Diagnostics

/// A parsed, unverified AMD SEV-SNP attestation report.
///
/// It follows AMD's document 56860, ATTESTATION_REPORT, versions 2 to 5. All numbers are little-endian.
public struct SnpReport: Sendable, Hashable {
    /// The size of every version, in bytes.
    public static let size = 0x4A0
    /// The supported versions.
    public static let versions: ClosedRange<UInt32> = 2...5
    /// The bytes that the signature covers.
    public static let signedRange = 0..<0x2A0

    /// A field, by its name in AMD's document; a reserved field is named by its offset.
    public enum Field: String, Sendable, CaseIterable {
        case version = "VERSION"
        case guestSVN = "GUEST_SVN"
        case policy = "POLICY"
        case familyID = "FAMILY_ID"
        case imageID = "IMAGE_ID"
        case vmpl = "VMPL"
        case signatureAlgorithm = "SIGNATURE_ALGO"
        case currentTCB = "CURRENT_TCB"
        case platformInfo = "PLATFORM_INFO"
        case keyInfo = "KEY_INFO"
        case reserved4C = "RESERVED_4C"
        case reportData = "REPORT_DATA"
        case measurement = "MEASUREMENT"
        case hostData = "HOST_DATA"
        case idKeyDigest = "ID_KEY_DIGEST"
        case authorKeyDigest = "AUTHOR_KEY_DIGEST"
        case reportID = "REPORT_ID"
        case reportIDMA = "REPORT_ID_MA"
        case reportedTCB = "REPORTED_TCB"
        case cpuid = "CPUID"
        case reserved18B = "RESERVED_18B"
        case chipID = "CHIP_ID"
        case committedTCB = "COMMITTED_TCB"
        case currentVersion = "CURRENT_VERSION"
        case reserved1EB = "RESERVED_1EB"
        case committedVersion = "COMMITTED_VERSION"
        case reserved1EF = "RESERVED_1EF"
        case launchTCB = "LAUNCH_TCB"
        case launchMitigationVector = "LAUNCH_MIT_VECTOR"
        case currentMitigationVector = "CURRENT_MIT_VECTOR"
        case reserved208 = "RESERVED_208"
        case signatureR = "SIGNATURE_R"
        case signatureS = "SIGNATURE_S"
        case reserved330 = "RESERVED_330"

        /// The field's byte range.
        public var range: Range<Int> {
            switch self {
            case .version: 0x000..<0x004
            case .guestSVN: 0x004..<0x008
            case .policy: 0x008..<0x010
            case .familyID: 0x010..<0x020
            case .imageID: 0x020..<0x030
            case .vmpl: 0x030..<0x034
            case .signatureAlgorithm: 0x034..<0x038
            case .currentTCB: 0x038..<0x040
            case .platformInfo: 0x040..<0x048
            case .keyInfo: 0x048..<0x04C
            case .reserved4C: 0x04C..<0x050
            case .reportData: 0x050..<0x090
            case .measurement: 0x090..<0x0C0
            case .hostData: 0x0C0..<0x0E0
            case .idKeyDigest: 0x0E0..<0x110
            case .authorKeyDigest: 0x110..<0x140
            case .reportID: 0x140..<0x160
            case .reportIDMA: 0x160..<0x180
            case .reportedTCB: 0x180..<0x188
            case .cpuid: 0x188..<0x18B
            case .reserved18B: 0x18B..<0x1A0
            case .chipID: 0x1A0..<0x1E0
            case .committedTCB: 0x1E0..<0x1E8
            case .currentVersion: 0x1E8..<0x1EB
            case .reserved1EB: 0x1EB..<0x1EC
            case .committedVersion: 0x1EC..<0x1EF
            case .reserved1EF: 0x1EF..<0x1F0
            case .launchTCB: 0x1F0..<0x1F8
            case .launchMitigationVector: 0x1F8..<0x200
            case .currentMitigationVector: 0x200..<0x208
            case .reserved208: 0x208..<0x2A0
            case .signatureR: 0x2A0..<0x2E8
            case .signatureS: 0x2E8..<0x330
            case .reserved330: 0x330..<0x4A0
            }
        }
    }

    /// The whole report.
    public let bytes: [UInt8]

    /// Parses a report.
    ///
    /// - Parameter bytes: The report, without trailing bytes.
    /// - Throws: `evidence.truncated`, `evidence.trailing-bytes`, `snp.version`, `snp.signature-algorithm`,
    ///   `snp.policy-reserved`, `snp.vmpl-invalid`, `snp.key-info-reserved`, `snp.must-be-zero`, `snp.product-unknown`.
    public init(_ bytes: [UInt8]) throws(AttestationError) {
        var reader = ByteReader(bytes, subject: "report")
        _ = try reader.take(Self.size, "length")
        try reader.end()
        self.bytes = bytes
        try checkFormat()
        try checkZeros()
    }

    /// The bytes of a field.
    public subscript(field: Field) -> ArraySlice<UInt8> { bytes[field.range] }

    /// A field of at most eight bytes as a number.
    ///
    /// - Parameter field: The field; only the first eight bytes of a longer one are used.
    /// - Returns: The number.
    public func number(_ field: Field) -> UInt64 {
        self[field].prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The key that signed the report; nil for an unknown value.
    public var signingKey: SnpSigningKey? { SnpSigningKey(rawValue: number(.keyInfo) >> 2 & 7) }

    /// The processor line from the report's CPUID fields; nil in version 2, which does not have them.
    public var product: SnpProduct? {
        let cpuid = Array(self[.cpuid])
        return number(.version) < 3 ? nil : SnpProduct(family: cpuid[0], model: cpuid[1])
    }

    private func checkFormat() throws(AttestationError) {
        let version = UInt32(truncatingIfNeeded: number(.version))
        guard Self.versions.contains(version) else {
            throw invalid(.version, .version, "2 to 5", "\(version)")
        }
        guard number(.signatureAlgorithm) == 1 else {
            throw invalid(.signatureAlgorithm, .signatureAlgorithm, "1", "\(number(.signatureAlgorithm))")
        }
        let policy = number(.policy)
        guard policy >> 26 == 0, policy >> 17 & 1 == 1 else {
            throw invalid(.policyReserved, .policy, "bit 17 set, bits 26 to 63 clear", text(policy))
        }
        guard number(.vmpl) <= 3 else {
            throw invalid(.vmplInvalid, .vmpl, "0 to 3", "\(number(.vmpl))")
        }
        guard number(.keyInfo) >> 5 == 0, signingKey != nil else {
            throw invalid(
                .keyInfoReserved,
                .keyInfo,
                "a VCEK (0) or VLEK (1), bits 5 to 31 clear",
                text(number(.keyInfo))
            )
        }
        guard version < 3 || product != nil else {
            throw invalid(.productUnknown, .cpuid, "Milan, Genoa or Turin", Hexadecimal.text(self[.cpuid]))
        }
    }

    private func checkZeros() throws(AttestationError) {
        var fields: [Field] = [.reserved4C, .reserved18B, .reserved1EB, .reserved1EF, .reserved208, .reserved330]
        if number(.version) < 3 { fields.append(.cpuid) }
        if number(.version) < 5 { fields += [.launchMitigationVector, .currentMitigationVector] }
        for field in fields where !self[field].allSatisfy({ $0 == 0 }) {
            throw invalid(.mustBeZero, field, "zeros", Hexadecimal.text(self[field].prefix(32)))
        }
        for field in [Field.signatureR, .signatureS] where !self[field].dropFirst(48).allSatisfy({ $0 == 0 }) {
            throw invalid(.mustBeZero, field, "48 bytes, then zeros", Hexadecimal.text(self[field].dropFirst(48)))
        }
    }

    private func invalid(_ check: SnpCheck, _ field: Field, _ expected: String, _ found: String) -> AttestationError {
        AttestationError(check, subject: "report", fields: [field.rawValue], expected: expected, found: found)
    }

    private func text(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
