package import FoundationEssentials
import SwiftASN1

/// An X.509 list of withdrawn certificates (RFC 5280), read from DER with its signature not yet looked at.
package struct RevocationList: Sendable {
    /// The part that is signed.
    package let signedPart: [UInt8]
    /// How it is signed.
    package let algorithm: SignatureAlgorithm
    /// The signature.
    package let signature: [UInt8]
    /// Whose signature it should bear: the name in DER.
    package let issuer: [UInt8]
    /// When it was made.
    package let thisUpdate: Date
    /// When the next one follows; nil where it does not say.
    package let nextUpdate: Date?
    /// The serial numbers of the withdrawn certificates, in the list's own bytes.
    private let serialNumbers: [ArraySlice<UInt8>]

    /// The largest list that is read.
    package static let maximumSize = 16 << 20

    /// Reads a list.
    ///
    /// - Parameters:
    ///   - der: The whole of it, with nothing behind.
    ///   - role: Which list it is, such as `PCK revocation list`, for the error.
    /// - Throws: `revocation-list.malformed`.
    package init(der: [UInt8], role: String) throws(AttestationError) {
        let malformed = AttestationError(CertificateCheck.listMalformed, subject: role)
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

    /// Whether a certificate of this list's issuer is withdrawn.
    ///
    /// - Parameter serialNumber: As ``Certificate/serialNumber`` gives it.
    /// - Returns: Whether it is listed.
    package func withdraws(_ serialNumber: [UInt8]) -> Bool { serialNumbers.contains(serialNumber[...]) }

    /// The common name of the issuer; empty where it has none.
    package var issuerCommonName: String { Certificate.commonName(issuer) }

    /// Looks at the signature and the dates of a list; the caller has compared the issuer's name.
    ///
    /// - Parameters:
    ///   - role: Which list it is.
    ///   - key: The public key of the authority whose certificates it withdraws, in DER.
    ///   - work: Takes the findings.
    package func verify(role: String, by key: [UInt8], _ work: inout VerificationContext) {
        // Two chains of one piece of evidence may end in the same authority.
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
