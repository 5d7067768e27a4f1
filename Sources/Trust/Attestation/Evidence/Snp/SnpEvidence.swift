import Diagnostics

/// An SEV-SNP report with its endorsements.
struct SnpEvidence: EvidenceFormat {
    let report: SnpReport
    let key: CertificateChain.Link
    let intermediate: CertificateChain.Link
    let root: CertificateChain.Link?
    let list: RevocationList?
    /// The kind that determines the trusted roots: Azure's evidence contains SNP reports too.
    var kind: EvidenceKind = .snp

    init(report: SnpReport, _ endorsements: SnpEndorsements) throws(AttestationError) {
        self.report = report
        let signer = report.signingKey ?? .vcek
        key = try Self.link(signer.name, endorsements.signingKey)
        intermediate = try Self.link(signer.intermediateName, endorsements.intermediate)
        if let der = endorsements.root { root = try Self.link("ARK", der) } else { root = nil }
        if let der = endorsements.revocationList {
            list = try RevocationList(der: der, role: "ARK's revocation list")
        } else {
            list = nil
        }
    }

    func verify(_ work: inout VerificationContext) -> Claims? {
        let chain = CertificateChain(leafFirst: [key, intermediate] + (root.map { [$0] } ?? []))
        let lists = list.map { [CertificateChain.List("ARK's revocation list", $0)] } ?? []
        let anchor = chain.verify(lists: lists, kind: kind, &work)
        let product = SnpProduct.allCases.first { $0.rootName == anchor?.name } ?? report.product ?? .milan
        checkNames(product, &work)
        checkProduct(product, &work)
        checkSignature(&work)
        do throws(AttestationError) {
            let certificate = try SnpCertificate(key.certificate, role: key.role)
            checkCertificate(certificate, product, &work)
            checkSecurityVersion(certificate, product, &work)
            checkChip(certificate, product, &work)
            guard let anchor else { return nil }
            return claims(anchor, certificate, product, chain.ages(lists: lists))
        } catch {
            work.refuse(error)
            return nil
        }
    }

    private static func link(_ role: String, _ der: [UInt8]) throws(AttestationError) -> CertificateChain.Link {
        CertificateChain.Link(role, try Certificate(der: der, role: role))
    }

    private var signer: SnpSigningKey { report.signingKey ?? .vcek }

    private func checkNames(_ product: SnpProduct, _ work: inout VerificationContext) {
        let expected = [(key, signer.commonName), (intermediate, signer.intermediateCommonName(product))]
        for (link, name) in expected where link.certificate.commonName != name {
            work.refuse(
                SnpCheck.certificateKind,
                subject: link.role,
                fields: [SnpReport.Field.keyInfo.rawValue],
                expected: name,
                found: link.certificate.commonName
            )
        }
    }

    private func checkProduct(_ product: SnpProduct, _ work: inout VerificationContext) {
        if let stated = report.product, stated != product {
            work.refuse(
                SnpCheck.productMismatch,
                subject: "report",
                fields: [SnpReport.Field.cpuid.rawValue],
                expected: product.rawValue,
                found: stated.rawValue
            )
        }
        let used = Set(product.components.map(\.byte))
        for field in [SnpReport.Field.currentTCB, .reportedTCB, .committedTCB, .launchTCB] {
            let bytes = Array(report[field])
            guard let byte = bytes.indices.first(where: { !used.contains($0) && bytes[$0] != 0 }) else { continue }
            work.refuse(
                SnpCheck.mustBeZero,
                subject: "report",
                fields: [field.rawValue],
                expected: "zero in byte \(byte) of a \(product.rawValue)",
                found: Hexadecimal.text(bytes)
            )
        }
    }

    private func checkSignature(_ work: inout VerificationContext) {
        let halves = [SnpReport.Field.signatureR, .signatureS].map { report[$0].prefix(48).reversed() }
        let publicKey = try? PublicKey(subjectPublicKeyInfo: key.certificate.subjectPublicKeyInfo, subject: key.role)
        let signed = report.bytes[SnpReport.signedRange]
        guard case .p384 = publicKey,
            publicKey?.signed(signed, rawSignature: halves.joined(), hash: .sha384) == true
        else {
            let covered = SnpReport.Field.allCases.filter {
                $0.range.lowerBound < SnpReport.Field.reserved330.range.lowerBound
            }
            work.refuse(
                SnpCheck.reportSignature,
                subject: "report",
                fields: covered.map(\.rawValue),
                expected: "a signature of the \(key.role)"
            )
            return
        }
    }

    private func checkCertificate(
        _ certificate: SnpCertificate,
        _ product: SnpProduct,
        _ work: inout VerificationContext
    ) {
        if certificate.product != product {
            work.refuse(
                SnpCheck.productMismatch,
                subject: key.role,
                fields: ["product name"],
                expected: product.rawValue,
                found: certificate.productName
            )
        }
        let isVCEK = certificate.hardwareID != nil && certificate.providerID == nil
        let isVLEK = certificate.hardwareID == nil && certificate.providerID != nil
        if signer == .vcek ? !isVCEK : !isVLEK {
            work.refuse(
                SnpCheck.certificateKind,
                subject: key.role,
                fields: [SnpReport.Field.keyInfo.rawValue],
                expected: signer == .vcek ? "HWID and no CSP_ID" : "CSP_ID and no HWID"
            )
        }
    }

    private func checkSecurityVersion(
        _ certificate: SnpCertificate,
        _ product: SnpProduct,
        _ work: inout VerificationContext
    ) {
        let reported = Array(report[.reportedTCB])
        for component in product.components {
            let certified = certificate.securityVersion(component.extension)
            guard certified != UInt64(reported[component.byte]) else { continue }
            work.refuse(
                SnpCheck.tcbMismatch,
                subject: key.role,
                fields: [SnpReport.Field.reportedTCB.rawValue],
                expected: "\(component.name) \(reported[component.byte]) as the report states",
                found: certified.map { "\($0)" } ?? "none"
            )
        }
    }

    private func checkChip(_ certificate: SnpCertificate, _ product: SnpProduct, _ work: inout VerificationContext) {
        guard signer == .vcek, let hardwareID = certificate.hardwareID else { return }
        let chipID = Array(report[.chipID])
        if report.number(.keyInfo) & 2 != 0 || chipID.allSatisfy({ $0 == 0 }) {
            work.refuse(SnpCheck.chipMasked, subject: "report", fields: ["CHIP_ID", "KEY_INFO"])
        } else if hardwareID + Array(repeating: 0, count: max(0, chipID.count - hardwareID.count)) != chipID
            || (hardwareID.count == 8) != (product == .turin)
        {
            work.refuse(
                SnpCheck.chipMismatch,
                subject: key.role,
                fields: [SnpReport.Field.chipID.rawValue],
                expected: Hexadecimal.text(chipID),
                found: Hexadecimal.text(hardwareID)
            )
        }
    }
}

extension UnverifiedEvidence {
    /// Parses an AMD SEV-SNP report with its certificates.
    ///
    /// - Parameters:
    ///   - report: The report, 1184 bytes.
    ///   - endorsements: The certificates and revocation list.
    /// - Returns: The evidence, not verified.
    /// - Throws: `evidence.truncated`, `evidence.trailing-bytes`, `snp.*`, `certificate.*` and `revocation-list.*`.
    public static func snp(
        report: [UInt8],
        endorsements: SnpEndorsements
    ) throws(AttestationError) -> UnverifiedEvidence {
        UnverifiedEvidence(try SnpEvidence(report: SnpReport(report), endorsements))
    }
}
