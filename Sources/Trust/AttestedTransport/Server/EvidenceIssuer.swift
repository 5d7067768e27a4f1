package import Attestation
import Synchronization

/// Where a server's clients get evidence: one answer a challenge, within bounds.
package final class EvidenceIssuer: Sendable {
    /// Whose keys the evidence is bound to.
    package let identity: ServerIdentity
    /// What the machine states of its package.
    package let package: PackageDocuments

    private let source: any EvidenceSource
    private let limits: EvidenceRateLimiter.Limits
    private let gate: Mutex<EvidenceRateLimiter>
    private let clock = ContinuousClock()

    /// Opens it.
    ///
    /// - Parameters:
    ///   - identity: Whose keys the evidence is bound to.
    ///   - source: Who makes evidence.
    ///   - package: What the machine states of its package.
    ///   - limits: How much is answered.
    package init(
        identity: ServerIdentity,
        source: any EvidenceSource,
        package: PackageDocuments,
        limits: EvidenceRateLimiter.Limits = EvidenceRateLimiter.Limits()
    ) {
        self.identity = identity
        self.source = source
        self.package = package
        self.limits = limits
        gate = Mutex(EvidenceRateLimiter(limits, now: ContinuousClock().now))
    }

    /// The kind of the evidence.
    package var kind: EvidenceKind { source.kind }

    /// Answers a challenge.
    ///
    /// - Parameter nonce: As the client sent it.
    /// - Returns: The document in JSON.
    /// - Throws: `evidence.nonce-invalid`; `evidence.too-many-requests` with the seconds after which to ask again in
    ///   `expected`; `evidence.timed-out`; `evidence.unavailable`, or what the source throws.
    package func document(nonce: String?) async throws -> [UInt8] {
        let challenge = try Challenge(hexadecimal: nonce)
        let binding = ReportData(
            challenge: challenge,
            tlsPublicKey: identity.tlsPublicKey,
            hpkePublicKey: identity.hpkeConfiguration.publicKey,
            manifestDigest: package.digest
        )
        let evidence = try await evidence(binding: binding)
        return EvidenceDocument(evidence: evidence, hpkeKey: identity.hpkeConfiguration, package: package).json
    }

    /// Makes evidence that carries what an application says, within the same bounds.
    ///
    /// - Parameter binding: What is signed along.
    /// - Returns: The evidence.
    /// - Throws: `evidence.too-many-requests`, `evidence.timed-out`, or what the source throws.
    package func evidence(binding: ReportData) async throws -> EvidenceBundle {
        if case .refuse(let seconds) = gate.withLock({ $0.admit(at: clock.now) }) {
            throw TransportError(.tooManyRequests, subject: "evidence", expected: "\(seconds)")
        }
        defer { gate.withLock { $0.finish() } }
        let (source, limits) = (source, limits)
        return try await withThrowingTaskGroup(of: EvidenceBundle.self) { group in
            group.addTask { try await source.evidence(binding: binding) }
            group.addTask {
                try await Task.sleep(for: limits.timeout)
                throw TransportError(.timedOut, subject: "evidence", expected: "within \(limits.timeout)")
            }
            defer { group.cancelAll() }
            guard let evidence = try await group.next() else { throw CancellationError() }
            return evidence
        }
    }
}
