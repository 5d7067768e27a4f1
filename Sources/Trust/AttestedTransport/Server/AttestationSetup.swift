/// How a server proves what it is: who vouches for it, and what it states of its package.
package struct AttestationSetup: Sendable {
    /// Who makes evidence; where it makes none, the server does not start.
    package var source: any EvidenceSource
    /// What the machine states of its package.
    package var package: PackageDocuments
    /// How much evidence is given.
    package var limits = EvidenceRateLimiter.Limits()

    /// Joins a source with a package.
    ///
    /// - Parameters:
    ///   - source: Who makes evidence.
    ///   - package: What the machine states of its package.
    package init(source: any EvidenceSource, package: PackageDocuments = .none) {
        self.source = source
        self.package = package
    }

    /// Makes the server's keys and has the platform vouch for them.
    ///
    /// - Returns: Where the server's clients get evidence.
    /// - Throws: What the source throws where it makes no evidence.
    package func open() async throws -> EvidenceIssuer {
        EvidenceIssuer(
            identity: try await ServerIdentity(from: source),
            source: source,
            package: package,
            limits: limits
        )
    }
}
