import FoundationEssentials

extension ConformanceRunner {
    /// Checks an entry of the kind `snp`: a report with certificates, a chain without a report, or a root's chain.
    static func snp(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        guard files.has("report") else { return try amdChain(files, now) }
        return try whole(.snp, vector, files, now)
    }

    /// Checks certificates without a report: ASK and ASVK below the root, and a VCEK or VLEK where there is one.
    private static func amdChain(_ files: EvidenceParts, _ now: Date) throws(AttestationError) -> ConformanceAnswer {
        let root = CertificateChain.Link("ARK", try Certificate(der: files.required("ark"), role: "ARK"))
        var work = VerificationContext(now: now, anchors: TrustAnchor.vendors)
        for name in ["ask", "asvk"] {
            guard let der = try files.optional(name) else { continue }
            let role = name.uppercased()
            var links = [CertificateChain.Link(role, try Certificate(der: der, role: role)), root]
            if let key = try files.optional(name == "ask" ? "vcek" : "vlek") {
                let role = name == "ask" ? "VCEK" : "VLEK"
                let certificate = try Certificate(der: key, role: role)
                _ = try SnpCertificate(certificate, role: role)
                links.insert(CertificateChain.Link(role, certificate), at: 0)
            }
            _ = CertificateChain(leafFirst: links).verify(kind: .snp, &work)
        }
        return work.findings.isEmpty ? .accept : .reject(work.findings)
    }
}
