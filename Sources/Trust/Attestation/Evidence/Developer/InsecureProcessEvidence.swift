package import Crypto
import Diagnostics
package import FoundationEssentials
import StrictJSON

/// A development-only statement of a sandbox, without measurement; the host's user can read and change the process.
///
/// It is signed with the developer's own key, whose public half is the root: the ``Verifier`` must be created with it,
/// and the policy must name its fingerprint. Docs/formats/evidence-bundle.md describes the parts.
public struct InsecureProcessEvidence: EvidenceFormat {
    /// The largest statement that is parsed, in bytes.
    public static let maximumSize = 4096
    /// Prefix of the signed bytes, so that other signatures of the key are never valid here.
    private static let label = Array("adyton developer process evidence v1\0".utf8)
    private static let formatVersion = 1

    private struct Statement: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case version, reportData, issued
        }

        let version: Int
        let reportData: String
        let issued: String
    }

    /// The statement in JSON, as signed.
    public let statement: [UInt8]
    /// ECDSA on P-256 with SHA-256: r and s.
    public let signature: [UInt8]
    /// The developer's public key: SubjectPublicKeyInfo in DER.
    public let publicKey: [UInt8]

    private let reportData: [UInt8]
    private let issued: Date

    package var kind: EvidenceKind { .developerProcess }

    /// Parses a statement.
    ///
    /// - Parameters:
    ///   - statement: The JSON.
    ///   - signature: r and s, 64 bytes.
    ///   - publicKey: SubjectPublicKeyInfo in DER.
    /// - Throws: `process.statement-invalid`.
    public init(statement: [UInt8], signature: [UInt8], publicKey: [UInt8]) throws(AttestationError) {
        guard statement.count <= Self.maximumSize,
            let stated = try? JSONText.decode(Statement.self, from: statement),
            stated.version == Self.formatVersion, let reportData = Hexadecimal.bytes(stated.reportData),
            reportData.count == 64, let issued = Date(rfc3339: stated.issued)
        else {
            throw AttestationError(
                ProcessCheck.statementInvalid,
                subject: "statement",
                fields: ["statement"],
                expected: "version \(Self.formatVersion), 64 bytes of reportData, and a time in issued"
            )
        }
        self.statement = statement
        self.signature = signature
        self.publicKey = publicKey
        self.reportData = reportData
        self.issued = issued
    }

    /// Creates and signs a statement for a process of the key's owner.
    ///
    /// - Parameters:
    ///   - key: The developer's key.
    ///   - reportData: The report data, at most 64 bytes; padded with zeros.
    ///   - now: The timestamp, in whole seconds.
    /// - Throws: `process.statement-invalid` for more than 64 bytes, `process.signature-invalid` where the key cannot
    ///   sign.
    package init(
        signedBy key: P256.Signing.PrivateKey,
        reportData: [UInt8],
        now: Date
    ) throws(AttestationError) {
        let padded = reportData + [UInt8](repeating: 0, count: max(0, 64 - reportData.count))
        let stated = Statement(
            version: Self.formatVersion,
            reportData: Hexadecimal.text(padded),
            issued: now.plain
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let json = try? encoder.encode(stated),
            let signature = try? key.signature(for: Self.label + json)
        else { throw AttestationError(ProcessCheck.signatureInvalid, subject: "statement") }
        try self.init(
            statement: Array(json),
            signature: Array(signature.rawRepresentation),
            publicKey: Array(key.publicKey.derRepresentation)
        )
    }

    /// The evidence bundle with this statement.
    public var bundle: EvidenceBundle {
        EvidenceBundle(
            kind: .developerProcess,
            parts: ["statement": statement, "signature": signature, "public_key": publicKey]
        )
    }

    package func verify(_ work: inout VerificationContext) -> Claims? {
        let fingerprint = Hexadecimal.text(SHA256.hash(data: publicKey))
        let anchor = work.anchors.first { $0.kinds.contains(kind) && $0.publicKey == publicKey }
        if anchor == nil {
            work.refuse(
                ProcessCheck.keyUnknown,
                subject: "statement",
                fields: ["public_key"],
                expected: "a developer's root that this verifier was given",
                found: fingerprint
            )
        }
        let key = try? PublicKey(subjectPublicKeyInfo: publicKey, subject: "public_key")
        guard case .p256 = key, key?.signed(Self.label + statement, rawSignature: signature, hash: .sha256) == true
        else {
            work.refuse(
                ProcessCheck.signatureInvalid,
                subject: "statement",
                fields: ["statement", "signature", "public_key"]
            )
            return nil
        }
        guard anchor != nil else { return nil }
        var claims = Claims(root: fingerprint)
        claims.reportData = reportData
        claims.endorsements = [Endorsement(name: "statement", kind: .evidence, issued: issued, expires: nil)]
        claims.isDebug = true
        claims.revocation = .checked
        return claims
    }
}

extension TrustAnchor {
    /// Creates a developer's root for processes, which proves only that the developer signed.
    ///
    /// - Parameter insecureDeveloperProcessKey: The public key: SubjectPublicKeyInfo in DER.
    public init(insecureDeveloperProcessKey: [UInt8]) {
        self.init(
            name: "developer's process key",
            kinds: [.developerProcess],
            fingerprint: Hexadecimal.text(SHA256.hash(data: insecureDeveloperProcessKey)),
            publicKey: insecureDeveloperProcessKey,
            origin: "the developer's own machine"
        )
    }
}

extension UnverifiedEvidence {
    /// Creates evidence from a developer's statement; a ``Verifier`` accepts it only with the developer's root.
    ///
    /// - Parameter insecureProcess: The statement.
    public init(insecureProcess: InsecureProcessEvidence) {
        self.init(insecureProcess as any EvidenceFormat)
    }
}
