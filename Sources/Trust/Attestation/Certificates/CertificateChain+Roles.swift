extension CertificateChain {
    /// Parses a chain whose order gives each certificate's role.
    ///
    /// - Parameters:
    ///   - blocks: The certificates in DER, leaf first.
    ///   - roles: The roles for findings, in the same order; the last one applies to all further certificates.
    /// - Throws: `certificate.*`; `certificate.path-too-long` for more than ``maximumLength``.
    init(leafFirst blocks: [[UInt8]], roles: [String]) throws(AttestationError) {
        guard blocks.count <= Self.maximumLength else {
            throw AttestationError(
                CertificateCheck.pathTooLong,
                subject: roles.first ?? "chain",
                expected: "at most \(Self.maximumLength) certificates",
                found: "\(blocks.count)"
            )
        }
        var links: [Link] = []
        for (index, der) in blocks.enumerated() {
            let role = index < roles.count ? roles[index] : roles.last ?? "certificate"
            links.append(Link(role, try Certificate(der: der, role: role)))
        }
        self.init(leafFirst: links)
    }
}
