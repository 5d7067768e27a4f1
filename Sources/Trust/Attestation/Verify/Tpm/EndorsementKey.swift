public import FoundationEssentials

/// A TPM's endorsement key, certified by its manufacturer, which identifies one TPM.
public struct EndorsementKey: Sendable {
    /// The result of verifying an endorsement key.
    public enum Outcome: Sendable {
        /// The manufacturer's certificate is valid.
        case verified(EndorsementKey)
        /// The key is refused for all of these reasons.
        case refused([Finding])
    }

    private static let use = "2.23.133.8.1"
    /// Subject alternative name, extended key usage, and the subject's directory attributes.
    private static let understoodExtensions: Set<String> = ["2.5.29.17", "2.5.29.37", "2.5.29.9"]

    let publicArea: TpmPublicArea
    /// The fingerprint of the manufacturer's root.
    let root: String
    let endorsements: [Endorsement]

    /// Verifies an endorsement key.
    ///
    /// - Parameters:
    ///   - publicArea: The key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`, restricted to decryption.
    ///   - certificates: Its certificates in DER, leaf first.
    ///   - roots: The manufacturers' roots.
    ///   - now: The time at which everything must be valid.
    /// - Returns: The key, or all reasons to refuse it.
    public static func verify(
        publicArea: [UInt8],
        certificates: [[UInt8]],
        roots: [TrustAnchor],
        at now: Date
    ) -> Outcome {
        var work = VerificationContext(now: now, anchors: roots)
        do throws(AttestationError) {
            let area = try TpmPublicArea(parsing: publicArea)
            let needed: TpmPublicArea.Attributes = [
                .fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .decrypt,
            ]
            if !area.attributes.isSuperset(of: needed) || area.attributes.contains(.sign) || area.cipherKeyInBits == nil
            {
                work.refuse(
                    TpmCheck.credentialKeyUnsupported,
                    subject: "endorsement key",
                    fields: ["objectAttributes", "symmetric"]
                )
            }
            let chain = try CertificateChain(
                leafFirst: certificates,
                roles: ["endorsement key certificate", "TPM authority"]
            )
            let anchor = chain.verify(alsoUnderstood: understoodExtensions, kind: .tpm, &work)
            if let leaf = chain.links.first?.certificate {
                check(leaf, isOf: try area.subjectPublicKeyInfo(subject: "endorsement key"), &work)
            }
            guard work.findings.isEmpty, let anchor else { return .refused(work.findings) }
            let ages = chain.ages()
            return .verified(EndorsementKey(publicArea: area, root: anchor.fingerprint, endorsements: ages))
        } catch {
            work.refuse(error)
            return .refused(work.findings)
        }
    }

    /// Creates the endorsement key of a TPM that the caller itself created, which needs no certificate.
    ///
    /// - Parameter publicArea: The key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    /// - Throws: `evidence.*`.
    package init(ofOwnTpm publicArea: [UInt8]) throws(AttestationError) {
        self.init(publicArea: try TpmPublicArea(parsing: publicArea), root: "", endorsements: [])
    }

    private init(publicArea: TpmPublicArea, root: String, endorsements: [Endorsement]) {
        self.publicArea = publicArea
        self.root = root
        self.endorsements = endorsements
    }

    private static func check(_ leaf: Certificate, isOf key: [UInt8], _ work: inout VerificationContext) {
        let role = "endorsement key certificate"
        if leaf.subjectPublicKeyInfo != key {
            work.refuse(TpmCheck.keyOfAnother, subject: role, fields: ["subjectPublicKeyInfo"])
        }
        if leaf.extendedKeyUses?.contains(use) != true {
            work.refuse(
                TpmCheck.certificateUseWrong,
                subject: role,
                fields: ["extKeyUsage"],
                expected: use,
                found: leaf.extendedKeyUses?.sorted().joined(separator: ", ")
            )
        }
    }
}

/// An attestation key that is proved to be in the same TPM as a certified endorsement key.
///
/// Only ``CredentialChallenge/activatedKey(returning:)`` creates one.
public struct ActivatedKey: Sendable {
    let publicArea: TpmPublicArea
    let root: String
    let endorsements: [Endorsement]

    init(_ publicArea: TpmPublicArea, _ endorsementKey: EndorsementKey) {
        self.publicArea = publicArea
        root = endorsementKey.root
        endorsements = endorsementKey.endorsements
    }

    /// Converts the key to DER.
    ///
    /// - Returns: SubjectPublicKeyInfo.
    /// - Throws: `certificate.algorithm-unsupported`.
    package func subjectPublicKeyInfo() throws(AttestationError) -> [UInt8] {
        try publicArea.subjectPublicKeyInfo(subject: "attestation key")
    }
}
