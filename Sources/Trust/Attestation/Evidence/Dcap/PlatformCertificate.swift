import SwiftASN1

/// The platform's identity in Intel's PCK certificate: extension 1.2.840.113741.1.13.1.
struct PlatformIdentity: Sendable, Equatable {
    /// The extension's object identifier.
    static let identifier = "1.2.840.113741.1.13.1"

    /// PPID: the platform's ID, 16 bytes.
    let platform: [UInt8]
    /// The 16 components of the TCB that the certificate is for.
    let components: [UInt8]
    /// PCESVN of the provisioning certification enclave.
    let provisioningEnclave: UInt16
    /// CPUSVN in the processor's encoding.
    let processor: [UInt8]
    /// PCEID of the provisioning certification enclave.
    let provisioningIdentity: [UInt8]
    /// FMSPC: family, model, stepping, package type and custom SKU.
    let family: [UInt8]
    /// The SGX type: 0 standard, 1 scalable, 2 scalable with integrity.
    let memoryProtection: UInt64
    /// Whether SMT is enabled; nil where the certificate does not say.
    let sharesCores: Bool?

    /// Parses the extension.
    ///
    /// - Parameter certificate: The PCK certificate.
    /// - Throws: `dcap.pck-invalid`.
    init(_ certificate: Certificate) throws(AttestationError) {
        guard let value = certificate.extensions[Self.identifier]?.value, let fields = Self.fields(value) else {
            throw Self.invalid("extension \(Self.identifier)")
        }
        platform = try Self.octets(fields, "1", 16)
        provisioningIdentity = try Self.octets(fields, "3", 2)
        family = try Self.octets(fields, "4", 6)
        guard let type = fields["5"], type.identifier == .enumerated, let content = DerField.content(type),
            content.count == 1, let first = content.first, first <= 2
        else { throw Self.invalid("SGX type") }
        memoryProtection = UInt64(first)
        guard let security = fields["2"].flatMap(Self.fields) else { throw Self.invalid("TCB") }
        var components: [UInt8] = []
        for index in 1...16 { components.append(try Self.number(security, "2.\(index)", UInt8.self)) }
        self.components = components
        provisioningEnclave = try Self.number(security, "2.17", UInt16.self)
        processor = try Self.octets(security, "2.18", 16)
        sharesCores = fields["7"].flatMap(Self.fields)?["7.3"].flatMap { try? Bool(derEncoded: $0) }
    }

    /// The values of a sequence of pairs, by the part of the identifier after the extension's own; nil for a duplicate.
    private static func fields(_ value: [UInt8]) -> [String: ASN1Node]? {
        DerField.parse(value).flatMap(fields)
    }

    private static func fields(_ node: ASN1Node) -> [String: ASN1Node]? {
        var fields: [String: ASN1Node] = [:]
        for entry in DerField.children(node) ?? [] {
            guard let parts = DerField.children(entry), parts.count == 2, let name = DerField.identifier(parts[0]),
                name.hasPrefix(identifier + "."),
                fields.updateValue(parts[1], forKey: String(name.dropFirst(identifier.count + 1))) == nil
            else { return nil }
        }
        return fields
    }

    private static func octets(
        _ fields: [String: ASN1Node],
        _ name: String,
        _ count: Int
    ) throws(AttestationError) -> [UInt8] {
        guard let bytes = fields[name].flatMap(DerField.octets), bytes.count == count else {
            throw invalid("extension \(identifier).\(name)")
        }
        return bytes
    }

    private static func number<Number: FixedWidthInteger>(
        _ fields: [String: ASN1Node],
        _ name: String,
        _ type: Number.Type
    ) throws(AttestationError) -> Number {
        guard let number = fields[name].flatMap(DerField.integer).flatMap(Number.init(exactly:)) else {
            throw invalid("extension \(identifier).\(name)")
        }
        return number
    }

    private static func invalid(_ field: String) -> AttestationError {
        AttestationError(DcapCheck.platformCertificateInvalid, subject: "PCK certificate", fields: [field])
    }
}
