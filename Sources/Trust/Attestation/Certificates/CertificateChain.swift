import Crypto
import Diagnostics

/// A certificate chain: a leaf, the authorities above it, and optionally the root.
package struct CertificateChain: Sendable {
    /// A certificate with its role.
    package struct Link: Sendable {
        /// The role for findings, such as `VCEK`.
        package let role: String
        /// The certificate.
        package let certificate: Certificate

        package init(_ role: String, _ certificate: Certificate) {
            self.role = role
            self.certificate = certificate
        }
    }

    /// A revocation list with its role.
    package struct List: Sendable {
        /// The role for findings, such as `root revocation list`.
        package let role: String
        /// The revocation list.
        package let list: RevocationList

        package init(_ role: String, _ list: RevocationList) {
            self.role = role
            self.list = list
        }
    }

    /// The maximum number of certificates; vendors' chains are shorter.
    package static let maximumLength = 8

    /// The critical extensions that are processed here: key usage, basic constraints.
    private static let understood: Set<String> = ["2.5.29.15", "2.5.29.19"]
    private static let certificateSignBit: UInt8 = 0x04

    /// The certificates, leaf first.
    package let links: [Link]

    package init(leafFirst links: [Link]) {
        self.links = links
    }

    /// Verifies signatures, names, constraints, validity and revocation, and that the chain ends in a trusted root.
    ///
    /// The chain may include the root; without it, the last certificate must be signed by the root.
    ///
    /// - Parameters:
    ///   - lists: Revocation lists; each must be issued by an authority of the chain.
    ///   - alsoUnderstood: Critical extensions that the caller processes.
    ///   - kind: The kind of evidence, for which the root must be trusted.
    ///   - work: Receives the findings; has the current time and the trust anchors.
    /// - Returns: The trust anchor; nil where there is none, and then there is a finding.
    package func verify(
        lists: [List] = [],
        alsoUnderstood: Set<String> = [],
        kind: EvidenceKind,
        _ work: inout VerificationContext
    ) -> TrustAnchor? {
        guard let last = links.last else {
            work.refuse(CertificateCheck.chainEmpty, subject: kind.rawValue)
            return nil
        }
        guard links.count <= Self.maximumLength else {
            work.refuse(
                CertificateCheck.pathTooLong,
                subject: kind.rawValue,
                expected: "at most \(Self.maximumLength) certificates",
                found: "\(links.count)"
            )
            return nil
        }
        for index in links.indices {
            checkDates(of: links[index], &work)
            checkExtensions(of: links[index], known: Self.understood.union(alsoUnderstood), &work)
            if index > 0 { checkAuthority(at: index, &work) }
            if index + 1 < links.count { checkSignature(of: links[index], by: links[index + 1], &work) }
        }
        let anchor = anchor(above: last, kind, &work)
        for list in lists { check(list, anchor, &work) }
        return anchor
    }

    /// The ages of all certificates and lists of the chain.
    package func ages(lists: [List] = []) -> [Endorsement] {
        links.map { Endorsement(name: $0.role, issued: $0.certificate.notBefore, expires: $0.certificate.notAfter) }
            + lists.map {
                Endorsement(
                    name: $0.role,
                    kind: .revocationList,
                    issued: $0.list.thisUpdate,
                    expires: $0.list.nextUpdate
                )
            }
    }

    private func checkDates(of link: Link, _ work: inout VerificationContext) {
        let certificate = link.certificate
        if certificate.notBefore > work.now {
            work.refuse(
                CertificateCheck.notYetValid,
                subject: link.role,
                fields: ["notBefore"],
                expected: "at most \(work.now.plain)",
                found: certificate.notBefore.plain
            )
        }
        if certificate.notAfter < work.now {
            work.refuse(
                CertificateCheck.expired,
                subject: link.role,
                fields: ["notAfter"],
                expected: "at least \(work.now.plain)",
                found: certificate.notAfter.plain
            )
        }
    }

    private func checkExtensions(of link: Link, known: Set<String>, _ work: inout VerificationContext) {
        let unknown = link.certificate.extensions.filter { $0.value.isCritical && !known.contains($0.key) }
        for name in unknown.keys.sorted() {
            work.refuse(CertificateCheck.extensionUnknown, subject: link.role, fields: ["extensions"], found: name)
        }
    }

    private func checkAuthority(at index: Int, _ work: inout VerificationContext) {
        let link = links[index]
        guard let authority = link.certificate.authority,
            link.certificate.keyUsage.map({ $0 & Self.certificateSignBit != 0 }) ?? true
        else {
            work.refuse(CertificateCheck.notAuthority, subject: link.role, fields: ["basicConstraints", "keyUsage"])
            return
        }
        if let maximum = authority.maximumPathLength, maximum < UInt64(index - 1) {
            work.refuse(
                CertificateCheck.pathTooLong,
                subject: link.role,
                fields: ["basicConstraints"],
                expected: "at most \(maximum) authorities below it",
                found: "\(index - 1)"
            )
        }
    }

    private func checkSignature(of link: Link, by issuer: Link, _ work: inout VerificationContext) {
        let certificate = link.certificate
        if certificate.issuer != issuer.certificate.subject {
            work.refuse(
                CertificateCheck.issuerMismatch,
                subject: link.role,
                fields: ["issuer"],
                expected: issuer.certificate.commonName,
                found: certificate.issuerCommonName
            )
        }
        checkSignature(of: link, key: issuer.certificate.subjectPublicKeyInfo, issuer: issuer.role, &work)
    }

    private func checkSignature(of link: Link, key: [UInt8], issuer: String, _ work: inout VerificationContext) {
        let certificate = link.certificate
        guard !KnownAuthority.isSigned(certificate, with: key) else { return }
        do throws(AttestationError) {
            let key = try PublicKey(subjectPublicKeyInfo: key, subject: issuer)
            guard
                !key.signed(
                    certificate.signedPart,
                    signature: certificate.signature,
                    algorithm: certificate.algorithm
                )
            else { return }
            work.refuse(
                CertificateCheck.signatureInvalid,
                subject: link.role,
                fields: ["signatureValue"],
                expected: "a signature of \(issuer)"
            )
        } catch {
            work.refuse(error)
        }
    }

    private func check(_ list: List, _ anchor: TrustAnchor?, _ work: inout VerificationContext) {
        let authority = links.dropFirst().first { $0.certificate.subject == list.list.issuer }
        if let authority {
            list.list.verify(role: list.role, by: authority.certificate.subjectPublicKeyInfo, &work)
        } else if let anchor, anchor.name == list.list.issuerCommonName {
            list.list.verify(role: list.role, by: anchor.publicKey, &work)
        } else {
            work.refuse(
                CertificateCheck.listIssuerMismatch,
                subject: list.role,
                fields: ["issuer"],
                expected: "an authority of this chain",
                found: list.list.issuerCommonName
            )
        }
        for link in links
        where link.certificate.issuer == list.list.issuer
            && list.list.withdraws(link.certificate.serialNumber)
        {
            work.refuse(
                CertificateCheck.revoked,
                subject: link.role,
                fields: ["serialNumber"],
                found: Hexadecimal.text(link.certificate.serialNumber)
            )
        }
    }

    private func anchor(above last: Link, _ kind: EvidenceKind, _ work: inout VerificationContext) -> TrustAnchor? {
        let trusted = work.anchors.filter { $0.kinds.contains(kind) }
        // A certificate identical to the pinned root needs no signature check: its digest proves more.
        let fingerprint = Hexadecimal.text(SHA256.hash(data: last.certificate.der))
        if let anchor = trusted.first(where: { $0.matches(last.certificate, fingerprint: fingerprint) }) {
            return anchor
        }
        let issuers = trusted.filter { $0.name == last.certificate.issuerCommonName }
        if let anchor = issuers.first, last.certificate.subject != last.certificate.issuer {
            checkSignature(of: last, key: anchor.publicKey, issuer: anchor.name, &work)
            return anchor
        }
        work.refuse(
            CertificateCheck.rootUnknown,
            subject: last.role,
            fields: ["certificate"],
            expected: trusted.map(\.name).joined(separator: " or "),
            found: last.certificate.commonName
        )
        return nil
    }
}
