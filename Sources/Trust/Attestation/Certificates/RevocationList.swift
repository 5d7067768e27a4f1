package import FoundationEssentials
import SwiftASN1

/// A parsed X.509 revocation list (CRL, RFC 5280) whose signature is not yet verified.
package struct RevocationList: Sendable {
    /// The signed part, TBSCertList.
    package let signedPart: [UInt8]
    /// The signature algorithm.
    package let algorithm: SignatureAlgorithm
    /// The signature.
    package let signature: [UInt8]
    /// The issuer's name in DER.
    package let issuer: [UInt8]
    /// When the list was issued.
    package let thisUpdate: Date
    /// When the next list is due; nil where the list does not say.
    package let nextUpdate: Date?
    /// The serial numbers of revoked certificates, as slices of the list.
    private let serialNumbers: [ArraySlice<UInt8>]

    /// The largest list that is parsed, in bytes.
    package static let maximumSize = 16 << 20

    /// Parses a list.
    ///
    /// - Parameters:
    ///   - der: The list, without trailing bytes.
    ///   - role: The list's role, such as `PCK revocation list`, for errors.
    /// - Throws: `revocation-list.malformed`.
    package init(der: [UInt8], role: String) throws(AttestationError) {
        let malformed = AttestationError(
            CertificateCheck.listMalformed,
            subject: role,
            fields: ["certificateList"],
            expected: "one X.509 revocation list in DER of at most \(Self.maximumSize) bytes",
            found: DerField.description(of: der)
        )
        guard der.count <= Self.maximumSize, let whole = DerField.parse(der), whole.identifier == .sequence,
            let parts = DerField.children(whole), parts.count == 3, let algorithm = SignatureAlgorithm(parts[1]),
            let signature = DerField.bits(parts[2]),
            var fields = DerField.children(parts[0])
        else { throw malformed }
        self.algorithm = algorithm
        self.signature = signature
        signedPart = Array(parts[0].encodedBytes)
        if fields.first?.identifier == .integer { fields.removeFirst() }
        guard fields.count >= 3, fields[0].encodedBytes.elementsEqual(parts[1].encodedBytes),
            let thisUpdate = DerField.date(fields[2])
        else { throw malformed }
        issuer = Array(fields[1].encodedBytes)
        self.thisUpdate = thisUpdate
        var left = fields.dropFirst(3)
        nextUpdate = left.first.flatMap(DerField.date)
        if nextUpdate != nil { left.removeFirst() }
        var serialNumbers: [ArraySlice<UInt8>] = []
        if let list = left.first, list.identifier == .sequence {
            guard let entries = DerField.children(list) else { throw malformed }
            for entry in entries {
                guard let number = DerField.children(entry)?.first, number.identifier == .integer,
                    let serial = DerField.content(number)
                else { throw malformed }
                serialNumbers.append(serial)
            }
        }
        self.serialNumbers = serialNumbers
    }

    /// Whether a certificate of this list's issuer is revoked.
    ///
    /// - Parameter serialNumber: The value of ``Certificate/serialNumber``.
    /// - Returns: Whether it is listed.
    package func withdraws(_ serialNumber: [UInt8]) -> Bool { serialNumbers.contains(serialNumber[...]) }

    /// The issuer's common name; empty where it has none.
    package var issuerCommonName: String { Certificate.commonName(issuer) }

    /// Verifies the list's signature and dates; the caller has compared the issuer's name.
    ///
    /// - Parameters:
    ///   - role: The list's role.
    ///   - key: The issuing authority's public key, in DER.
    ///   - work: Receives the findings.
    package func verify(role: String, by key: [UInt8], _ work: inout VerificationContext) {
        // Two chains of the same evidence may use the same list; it is verified once.
        guard work.begin(VerificationContext.ListCheck(signedPart: signedPart, signature: signature, key: key)) else {
            return
        }
        let key = try? PublicKey(subjectPublicKeyInfo: key, subject: role)
        if key?.signed(signedPart, signature: signature, algorithm: algorithm) != true {
            work.refuse(CertificateCheck.listSignatureInvalid, subject: role, fields: ["signatureValue"])
        }
        if thisUpdate > work.now {
            work.refuse(
                CertificateCheck.listNotYetValid,
                subject: role,
                fields: ["thisUpdate"],
                expected: "at most \(work.now.plain)",
                found: thisUpdate.plain
            )
        }
        if let nextUpdate, nextUpdate < work.now {
            work.refuse(
                CertificateCheck.listExpired,
                subject: role,
                fields: ["nextUpdate"],
                expected: "at least \(work.now.plain)",
                found: nextUpdate.plain
            )
        }
    }
}
