public import FoundationEssentials

/// A parsed, unverified attestation document of an AWS Nitro enclave, or of an instance's NitroTPM.
///
/// It follows AWS's documents "Nitro Enclaves attestation process" and "NitroTPM Attestation Document"; optional fields may
/// be null. The two differ in the name of the registers alone.
public struct NitroDocument: Sendable {
    /// The largest document that is parsed, in bytes.
    public static let maximumSize = 65_536

    /// `nitro`, or `nitrotpm` where the registers are an instance's.
    public let kind: EvidenceKind
    /// The module ID of the enclave, or of the instance's TPM.
    public let moduleID: String
    /// When the Nitro security module created the document.
    public let timestamp: Date
    /// The PCR values by index, including zero values.
    public let pcrs: [UInt64: [UInt8]]
    /// The signing certificate, in DER.
    public let certificate: [UInt8]
    /// The certificates above it in DER, root first.
    public let authorities: [[UInt8]]
    /// A public key that the enclave chose.
    public let publicKey: [UInt8]?
    /// Data that the enclave chose.
    public let userData: [UInt8]?
    /// The nonce that the enclave chose.
    public let nonce: [UInt8]?

    let message: CoseSign1

    /// Parses a document.
    ///
    /// - Parameter bytes: The document, with or without CBOR tag 18 and without trailing bytes.
    /// - Throws: `evidence.too-large`, and other `nitro.*` and `evidence.*` codes.
    public init(_ bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumSize else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: "document",
                expected: "at most \(Self.maximumSize) bytes",
                found: "\(bytes.count)"
            )
        }
        message = try CoseSign1(bytes, subject: "document")
        guard message.header == .map([CborValue.Pair(key: .unsigned(1), value: .negative(34))]) else {
            throw AttestationError(
                NitroCheck.algorithm,
                subject: "document",
                fields: ["alg"],
                expected: "ES384 (-35) in the protected header, alone"
            )
        }
        guard message.signature.count == 96 else {
            throw Self.invalid("signature", "96 bytes, r and s", "\(message.signature.count) bytes")
        }
        let payload = try CborValue(message.payload, subject: "document")
        try Self.checkNames(payload)
        moduleID = try Self.text(payload, "module_id")
        guard try Self.text(payload, "digest") == "SHA384" else { throw Self.invalid("digest", "SHA384") }
        guard case .unsigned(let milliseconds) = try Self.field(payload, "timestamp"), milliseconds > 0,
            milliseconds < 1 << 52
        else { throw Self.invalid("timestamp", "milliseconds since 1970") }
        timestamp = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let isInstance = payload[Self.instanceRegisters] != nil
        guard !isInstance || payload["pcrs"] == nil else {
            throw Self.invalid(Self.instanceRegisters, "pcrs or \(Self.instanceRegisters)", "both")
        }
        kind = isInstance ? .nitroTpm : .nitro
        pcrs = try Self.pcrs(payload, isInstance ? Self.instanceRegisters : "pcrs")
        certificate = try Self.bytes(Self.field(payload, "certificate"), "certificate", 1...1024)
        guard case .array(let bundle) = try Self.field(payload, "cabundle"), !bundle.isEmpty else {
            throw Self.invalid("cabundle", "at least one certificate")
        }
        var authorities: [[UInt8]] = []
        for element in bundle { authorities.append(try Self.bytes(element, "cabundle", 1...1024)) }
        self.authorities = authorities
        publicKey = try Self.optional(payload, "public_key", 1...1024)
        userData = try Self.optional(payload, "user_data", 0...1024)
        nonce = try Self.optional(payload, "nonce", 0...1024)
    }

    /// The document's field names.
    static let names = [
        "module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key", "user_data", "nonce",
    ]

    /// The field that a NitroTPM's document has in place of `pcrs`.
    static let instanceRegisters = "nitrotpm_pcrs"

    private static func checkNames(_ payload: CborValue) throws(AttestationError) {
        guard case .map(let pairs) = payload else { throw invalid("payload", "a map") }
        for pair in pairs {
            guard case .text(let name) = pair.key, (names + [instanceRegisters]).contains(name) else {
                throw AttestationError(
                    NitroCheck.fieldUnknown,
                    subject: "document",
                    fields: ["payload"],
                    expected: (names + [instanceRegisters]).joined(separator: ", "),
                    found: text(ofKey: pair.key)
                )
            }
        }
    }

    /// A field's name for findings; a key need not be a text.
    private static func text(ofKey key: CborValue) -> String {
        switch key {
        case .text(let name): name
        case .unsigned(let number): "the number \(number)"
        default: "a key that is no text"
        }
    }

    private static func pcrs(_ payload: CborValue, _ name: String) throws(AttestationError) -> [UInt64: [UInt8]] {
        guard case .map(let pairs) = try field(payload, name), (1...32).contains(pairs.count) else {
            throw invalid(name, "1 to 32 measurements")
        }
        var pcrs: [UInt64: [UInt8]] = [:]
        for pair in pairs {
            guard case .unsigned(let index) = pair.key, index < 32 else { throw invalid(name, "numbers below 32") }
            guard case .bytes(let value) = pair.value, [32, 48, 64].contains(value.count) else {
                throw invalid(name, "values of 32, 48 or 64 bytes")
            }
            pcrs[index] = value
        }
        return pcrs
    }

    private static func field(_ payload: CborValue, _ name: String) throws(AttestationError) -> CborValue {
        guard let value = payload[name] else {
            throw AttestationError(NitroCheck.fieldMissing, subject: "document", fields: [name])
        }
        return value
    }

    private static func text(_ payload: CborValue, _ name: String) throws(AttestationError) -> String {
        guard case .text(let text) = try field(payload, name), !text.isEmpty else { throw invalid(name, "a text") }
        return text
    }

    private static func bytes(
        _ value: CborValue,
        _ name: String,
        _ sizes: ClosedRange<Int>
    ) throws(AttestationError) -> [UInt8] {
        guard case .bytes(let bytes) = value, sizes.contains(bytes.count) else {
            throw invalid(name, "\(sizes.lowerBound) to \(sizes.upperBound) bytes")
        }
        return bytes
    }

    private static func optional(
        _ payload: CborValue,
        _ name: String,
        _ sizes: ClosedRange<Int>
    ) throws(AttestationError) -> [UInt8]? {
        guard let value = payload[name], value != .null else { return nil }
        return try bytes(value, name, sizes)
    }

    private static func invalid(_ name: String, _ expected: String, _ found: String? = nil) -> AttestationError {
        AttestationError(NitroCheck.fieldInvalid, subject: "document", fields: [name], expected: expected, found: found)
    }
}
