package import FoundationEssentials
import SwiftASN1

/// A parsed X.509 certificate (RFC 5280) whose signature is not yet verified.
///
/// It supports what AMD's certificates need: RSASSA-PSS, and a serial number of zero. ``CertificateChain`` verifies it.
package struct Certificate: Sendable, Hashable {
    /// One extension.
    package struct Extension: Sendable, Hashable {
        /// Whether a verifier that does not support it must refuse the certificate.
        package let isCritical: Bool
        /// The content of its octet string.
        package let value: [UInt8]
    }

    /// The basic constraints of a certificate authority.
    package struct Authority: Sendable, Hashable {
        /// The maximum number of intermediate authorities below it; nil for no limit.
        package let maximumPathLength: UInt64?
    }

    /// The largest certificate that is parsed, in bytes; larger than any vendor's whole chain.
    package static let maximumSize = 65_536

    /// The whole certificate in DER.
    package let der: [UInt8]
    /// The signed part, TBSCertificate.
    package let signedPart: [UInt8]
    /// The signature algorithm.
    package let algorithm: SignatureAlgorithm
    /// The signature.
    package let signature: [UInt8]
    /// The serial number's content octets, a big-endian signed integer.
    package let serialNumber: [UInt8]
    /// The issuer's name in DER.
    package let issuer: [UInt8]
    /// The subject's name in DER.
    package let subject: [UInt8]
    /// The start of the validity period.
    package let notBefore: Date
    /// The end of the validity period, inclusive.
    package let notAfter: Date
    /// The public key, SubjectPublicKeyInfo in DER.
    package let subjectPublicKeyInfo: [UInt8]
    /// The extensions by their dotted identifiers.
    package let extensions: [String: Extension]
    /// The basic constraints; nil where it is not a certificate authority.
    package let authority: Authority?
    /// The first byte of the key usage bits, first bit highest; nil where the extension is missing.
    package let keyUsage: UInt8?

    /// The subject's common name; empty where it has none.
    package var commonName: String { Self.commonName(subject) }
    /// The issuer's common name; empty where it has none.
    package var issuerCommonName: String { Self.commonName(issuer) }

    /// Parses a certificate.
    ///
    /// - Parameters:
    ///   - der: The certificate, without trailing bytes.
    ///   - role: Its role in the chain, such as `VCEK`, for errors.
    /// - Throws: `certificate.malformed`, `certificate.algorithm-unsupported`.
    package init(der: [UInt8], role: String) throws(AttestationError) {
        guard der.count <= Self.maximumSize, let whole = DerField.parse(der), whole.identifier == .sequence,
            let parts = DerField.children(whole), parts.count == 3, let signature = DerField.bits(parts[2]),
            var fields = DerField.children(parts[0])
        else {
            throw AttestationError(
                CertificateCheck.malformed,
                subject: role,
                fields: ["certificate"],
                expected: "one X.509 certificate in DER of at most \(Self.maximumSize) bytes",
                found: DerField.description(of: der)
            )
        }
        guard let algorithm = SignatureAlgorithm(parts[1]) else {
            throw AttestationError(
                CertificateCheck.algorithmUnsupported,
                subject: role,
                fields: ["signatureAlgorithm"],
                expected: "ECDSA or RSA with SHA-256, SHA-384 or SHA-512"
            )
        }
        self.der = der
        self.signature = signature
        self.algorithm = algorithm
        signedPart = Array(parts[0].encodedBytes)
        if fields.first?.identifier == Self.tag(0) { fields.removeFirst() }
        guard fields.count >= 6, fields[0].identifier == .integer, let serial = DerField.content(fields[0]),
            !serial.isEmpty
        else { throw Self.malformed(role, "serialNumber") }
        guard fields[1].encodedBytes.elementsEqual(parts[1].encodedBytes) else {
            throw Self.malformed(role, "signature")
        }
        guard let dates = DerField.children(fields[3]), dates.count == 2, let notBefore = DerField.date(dates[0]),
            let notAfter = DerField.date(dates[1])
        else { throw Self.malformed(role, "validity") }
        serialNumber = Array(serial)
        issuer = Array(fields[2].encodedBytes)
        self.notBefore = notBefore
        self.notAfter = notAfter
        subject = Array(fields[4].encodedBytes)
        subjectPublicKeyInfo = Array(fields[5].encodedBytes)
        let last = fields.dropFirst(6).first { $0.identifier == Self.tag(3) }
        extensions = try Self.extensions(last, role: role)
        authority = try Self.authority(extensions["2.5.29.19"], role: role)
        keyUsage = try Self.keyUsage(extensions["2.5.29.15"], role: role)
    }

    private static func tag(_ number: UInt) -> ASN1Identifier {
        ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }

    private static func malformed(_ role: String, _ field: String) -> AttestationError {
        AttestationError(
            CertificateCheck.malformed,
            subject: role,
            fields: [field],
            expected: "\(field) as RFC 5280 defines it",
            found: "none, or of another form"
        )
    }

    private static func extensions(_ node: ASN1Node?, role: String) throws(AttestationError) -> [String: Extension] {
        guard let node else { return [:] }
        guard let list = DerField.children(node), list.count == 1, let entries = DerField.children(list[0]) else {
            throw malformed(role, "extensions")
        }
        var extensions: [String: Extension] = [:]
        for entry in entries {
            guard let parts = DerField.children(entry), (2...3).contains(parts.count),
                let name = DerField.identifier(parts[0]), let value = parts.last.flatMap(DerField.octets),
                extensions[name] == nil
            else { throw malformed(role, "extensions") }
            var isCritical = false
            if parts.count == 3 {
                guard let flag = try? Bool(derEncoded: parts[1]) else { throw malformed(role, "extensions") }
                isCritical = flag
            }
            extensions[name] = Extension(isCritical: isCritical, value: value)
        }
        return extensions
    }

    private static func authority(_ found: Extension?, role: String) throws(AttestationError) -> Authority? {
        guard let found else { return nil }
        guard let parts = DerField.parse(found.value).flatMap(DerField.children), parts.count <= 2 else {
            throw malformed(role, "basicConstraints")
        }
        guard let first = parts.first else { return nil }
        guard let isAuthority = try? Bool(derEncoded: first) else { throw malformed(role, "basicConstraints") }
        guard parts.count == 2 else { return isAuthority ? Authority(maximumPathLength: nil) : nil }
        guard let length = DerField.integer(parts[1]), isAuthority else { throw malformed(role, "basicConstraints") }
        return Authority(maximumPathLength: length)
    }

    private static func keyUsage(_ found: Extension?, role: String) throws(AttestationError) -> UInt8? {
        guard let found else { return nil }
        guard let node = DerField.parse(found.value), let bits = try? ASN1BitString(derEncoded: node),
            let first = bits.bytes.first
        else { throw malformed(role, "keyUsage") }
        return first
    }

    /// The last common name in a name.
    static func commonName(_ name: [UInt8]) -> String {
        var found = ""
        for set in DerField.parse(name).flatMap(DerField.children) ?? [] {
            for attribute in DerField.children(set) ?? [] {
                guard let parts = DerField.children(attribute), parts.count == 2,
                    DerField.identifier(parts[0]) == "2.5.4.3", let text = DerField.text(parts[1])
                else { continue }
                found = text
            }
        }
        return found
    }
}
