/// A server's attestation configuration: the evidence source, the package's documents and the rate limits.
package struct AttestationSetup: Sendable {
    /// The evidence source; where it fails, the server does not start.
    package var source: any EvidenceSource
    /// The package's manifest and signature.
    package var package: PackageDocuments
    /// The rate limits.
    package var limits = EvidenceRateLimiter.Limits()

    /// Creates a configuration with default rate limits.
    ///
    /// - Parameters:
    ///   - source: The evidence source.
    ///   - package: The package's manifest and signature.
    package init(source: any EvidenceSource, package: PackageDocuments = .none) {
        self.source = source
        self.package = package
    }

    /// Generates the server's keys and obtains evidence for them.
    ///
    /// - Returns: The issuer that answers clients' evidence requests.
    /// - Throws: The source's error where it gives no evidence.
    package func open() async throws -> EvidenceIssuer {
        EvidenceIssuer(
            identity: try await ServerIdentity(from: source),
            source: source,
            package: package,
            limits: limits
        )
    }
}
