package import Attestation
import Diagnostics
import Synchronization

/// Issues evidence documents to a server's clients, with a rate limit and a timeout.
///
/// ``EvidenceRateLimiter`` admits the requests; an ``EvidenceSource`` makes the evidence. All methods are thread-safe.
package final class EvidenceIssuer: Sendable {
    /// The server's keys, to which the evidence is bound.
    package let identity: ServerIdentity
    /// The package's manifest and signature.
    package let package: PackageDocuments

    private let source: any EvidenceSource
    private let limits: EvidenceRateLimiter.Limits
    private let gate: Mutex<EvidenceGate>
    private let clock = ContinuousClock()

    /// Creates an issuer.
    ///
    /// - Parameters:
    ///   - identity: The server's keys, to which the evidence is bound.
    ///   - source: The evidence source.
    ///   - package: The package's manifest and signature.
    ///   - limits: Rate limit, concurrency limit and timeout.
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
        gate = Mutex(EvidenceGate(limits, now: ContinuousClock().now))
    }

    /// The kind of the evidence.
    package var kind: EvidenceKind { source.kind }

    /// Answers a challenge with an evidence document.
    ///
    /// - Parameters:
    ///   - nonce: The nonce as the client sent it.
    ///   - address: The client's address, whose share is counted; nil for the server's own requests.
    /// - Returns: The document in JSON.
    /// - Throws: `evidence.nonce-invalid`; `evidence.too-many-requests` with the seconds until a retry in `expected`;
    ///   `evidence.timed-out`; `evidence.unavailable`, or the source's error.
    package func document(nonce: String?, for address: ClientAddress? = nil) async throws -> [UInt8] {
        let challenge = try Challenge(hexadecimal: nonce)
        let binding = ReportData(
            challenge: challenge,
            tlsPublicKey: identity.tlsPublicKey,
            hpkePublicKey: identity.hpkeConfiguration.publicKey,
            manifestDigest: package.digest
        )
        let evidence = try await evidence(binding: binding, for: address)
        return EvidenceDocument(evidence: evidence, hpkeKey: identity.hpkeConfiguration, package: package).json
    }

    /// Creates evidence for given report data, within the same limits.
    ///
    /// - Parameters:
    ///   - binding: The report data.
    ///   - address: The client's address, whose share is counted; nil for the server's own requests.
    /// - Returns: The evidence.
    /// - Throws: `evidence.too-many-requests`, `evidence.timed-out`, or the source's error.
    package func evidence(binding: ReportData, for address: ClientAddress? = nil) async throws -> EvidenceBundle {
        if case .refuse(let seconds) = gate.withLock({ $0.admit(address, at: clock.now) }) {
            throw TransportError(.tooManyRequests, subject: "evidence", expected: "\(seconds)")
        }
        defer { gate.withLock { $0.finish(address) } }
        let (source, limits) = (source, limits)
        let late = TransportError(.timedOut, subject: "evidence", expected: "within \(limits.timeout)")
        return try await Deadline(in: limits.timeout).run(orThrow: late) { try await source.evidence(binding: binding) }
    }
}
