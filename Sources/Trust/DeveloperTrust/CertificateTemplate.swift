import Crypto
import Foundation
import SwiftASN1

/// The fields of a certificate to issue: RFC 5280, signed with ECDSA on P-256 and SHA-256.
///
/// ``DeveloperAuthority`` issues its certificates with it.
struct CertificateTemplate {
    /// The certificate's use, which determines basic constraints and key usage.
    enum Purpose {
        /// A certificate authority without intermediate authorities below it.
        case authority
        /// A TPM attestation key.
        case attestationKey
    }

    /// A `Name` in DER.
    let issuer: [UInt8]
    /// A `Name` in DER.
    let subject: [UInt8]
    let validity: ClosedRange<Date>
    /// SubjectPublicKeyInfo in DER.
    let publicKey: [UInt8]
    /// The issuer's SubjectPublicKeyInfo in DER.
    let issuerPublicKey: [UInt8]
    let purpose: Purpose

    private static let ecdsaWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
    private static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]
    private static let keyUsage: ASN1ObjectIdentifier = [2, 5, 29, 15]
    private static let subjectKeyIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 14]
    private static let authorityKeyIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 35]
    private static let basicConstraints: ASN1ObjectIdentifier = [2, 5, 29, 19]
    private static let extendedKeyUsage: ASN1ObjectIdentifier = [2, 5, 29, 37]
    /// tcg-kp-AIKCertificate (TCG EK Credential Profile).
    private static let attestationUse: ASN1ObjectIdentifier = [2, 23, 133, 8, 3]

    /// Encodes a `Name` with one common name, in DER.
    static func name(_ text: String) throws -> [UInt8] {
        try der { coder in
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                try coder.appendConstructedNode(identifier: .set) { coder in
                    try coder.appendConstructedNode(identifier: .sequence) { coder in
                        try coder.serialize(commonName)
                        try coder.serialize(ASN1UTF8String(text))
                    }
                }
            }
        }
    }

    /// Encodes and signs the certificate.
    ///
    /// - Parameters:
    ///   - key: The issuer's private key.
    ///   - serialNumber: At most 20 bytes; the first bit is cleared and the second is set.
    /// - Returns: The certificate in DER.
    /// - Throws: An encoding error of the libraries, which valid input does not cause.
    func signed(by key: P256.Signing.PrivateKey, serialNumber: [UInt8]) throws -> [UInt8] {
        let statement = try statement(serialNumber: serialNumber)
        let signature = try key.signature(for: statement).derRepresentation
        return try Self.der { coder in
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                coder.serializeRawBytes(statement)
                try Self.writeAlgorithm(&coder)
                try coder.serialize(ASN1BitString(bytes: Array(signature)[...]))
            }
        }
    }

    /// `TBSCertificate`.
    private func statement(serialNumber: [UInt8]) throws -> [UInt8] {
        try Self.der { coder in
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                try coder.serialize(2, explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
                // The serial number is a positive INTEGER: the sign bit is cleared, and the next bit is set so that it
                // is not zero.
                let number = [serialNumber.first.map { $0 & 0x7F | 0x40 } ?? 1] + serialNumber.dropFirst()
                coder.appendPrimitiveNode(identifier: .integer) { $0.append(contentsOf: number) }
                try Self.writeAlgorithm(&coder)
                coder.serializeRawBytes(issuer)
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    try Self.writeTime(validity.lowerBound, &coder)
                    try Self.writeTime(validity.upperBound, &coder)
                }
                coder.serializeRawBytes(subject)
                coder.serializeRawBytes(publicKey)
                try coder.appendConstructedNode(identifier: .init(tagWithNumber: 3, tagClass: .contextSpecific)) {
                    try $0.appendConstructedNode(identifier: .sequence) { try writeExtensions(&$0) }
                }
            }
        }
    }

    private func writeExtensions(_ coder: inout DER.Serializer) throws {
        // Bits count from the left: digitalSignature is the first, keyCertSign the sixth (RFC 5280, 4.2.1.3).
        let (constraints, usage): ([UInt8], ASN1BitString) =
            switch purpose {
            // No further authority below this one: path length 0.
            case .authority:
                (
                    try Self.der { coder in
                        try coder.appendConstructedNode(identifier: .sequence) { coder in
                            try coder.serialize(true)
                            try coder.serialize(0)
                        }
                    }, ASN1BitString(bytes: [0x04], paddingBits: 2)
                )
            case .attestationKey: ([0x30, 0], ASN1BitString(bytes: [0x80], paddingBits: 7))
            }
        try Self.writeExtension(Self.basicConstraints, isCritical: true, constraints, &coder)
        try Self.writeExtension(Self.keyUsage, isCritical: true, Self.der { try $0.serialize(usage) }, &coder)
        let own = ASN1OctetString(contentBytes: Self.identifier(of: publicKey)[...])
        try Self.writeExtension(
            Self.subjectKeyIdentifier,
            isCritical: false,
            Self.der { try $0.serialize(own) },
            &coder
        )
        let authority = Self.der { coder in
            coder.appendConstructedNode(identifier: .sequence) { coder in
                coder.appendPrimitiveNode(identifier: .init(tagWithNumber: 0, tagClass: .contextSpecific)) {
                    $0.append(contentsOf: Self.identifier(of: issuerPublicKey))
                }
            }
        }
        try Self.writeExtension(Self.authorityKeyIdentifier, isCritical: false, authority, &coder)
        guard case .attestationKey = purpose else { return }
        let uses = try Self.der { coder in
            try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(Self.attestationUse) }
        }
        try Self.writeExtension(Self.extendedKeyUsage, isCritical: false, uses, &coder)
    }

    private static func writeExtension(
        _ identifier: ASN1ObjectIdentifier,
        isCritical: Bool,
        _ value: [UInt8],
        _ coder: inout DER.Serializer
    ) throws {
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(identifier)
            if isCritical { try coder.serialize(true) }
            try coder.serialize(ASN1OctetString(contentBytes: value[...]))
        }
    }

    /// The key identifier (RFC 7093, 2, method 1, over the whole SubjectPublicKeyInfo).
    private static func identifier(of publicKey: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: publicKey).prefix(20))
    }

    private static func writeAlgorithm(_ coder: inout DER.Serializer) throws {
        try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(ecdsaWithSHA256) }
    }

    /// UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5).
    private static func writeTime(_ date: Date, _ coder: inout DER.Serializer) throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let (year, month, day) = (parts.year ?? 0, parts.month ?? 1, parts.day ?? 1)
        let (hour, minute, second) = (parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
        if year < 2050 {
            try coder.serialize(
                UTCTime(year: year, month: month, day: day, hours: hour, minutes: minute, seconds: second)
            )
        } else {
            try coder.serialize(
                GeneralizedTime(
                    year: year,
                    month: month,
                    day: day,
                    hours: hour,
                    minutes: minute,
                    seconds: second,
                    fractionalSeconds: 0
                )
            )
        }
    }

    private static func der(_ write: (inout DER.Serializer) throws -> Void) rethrows -> [UInt8] {
        var coder = DER.Serializer()
        try write(&coder)
        return coder.serializedBytes
    }
}
