import Foundation

extension ConformanceRunner {
    /// Answers an entry of the kind `nitro`: a document, or the root alone.
    static func nitro(
        _ vector: ConformanceVector,
        _ files: ConformanceFiles,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        guard files.has("document") else { return try root(files.required("root"), .nitro, now) }
        return try ConformancePolicy.answer(.nitro(document: files.required("document")), vector, now)
    }

    /// Looks at a root alone: whether it is one that is trusted, signed by itself, and valid.
    static func root(
        _ der: [UInt8],
        _ kind: EvidenceKind,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        let link = CertificateChain.Link("root", try Certificate(der: der, role: "root"))
        var work = VerificationWork(now: now, anchors: TrustAnchor.vendors)
        _ = CertificateChain(leafFirst: [link]).verify(kind: kind, &work)
        return work.findings.isEmpty ? .accept : .reject(work.findings)
    }
}
