package import Attestation
import Diagnostics
package import Foundation
import PeerVerification

/// Asks a server for evidence and sends it nothing else: for people who want to see what it proves.
package struct AttestedProbe: Sendable {
    private let peerGuard: PeerVerificationHandler
    private let pool: ConnectionPool
    private let timeout: Duration

    /// Prepares it.
    ///
    /// - Parameters:
    ///   - address: Where the server listens, an `https` address.
    ///   - policy: Which machines are good enough; nil to look without judging.
    ///   - developerRoots: A developer's own roots.
    ///   - timeout: How long an answer may take.
    ///   - now: The clock at which everything must be valid.
    /// - Throws: `client.plaintext-refused` for an `http` address.
    package init(
        _ address: ServerAddress,
        policy: AppraisalPolicy?,
        developerRoots: [TrustAnchor],
        timeout: Duration,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(ClientError) {
        guard address.scheme == .https else {
            throw ClientError(.plaintextRefused, subject: "\(address)", expected: "https://")
        }
        peerGuard = try PeerVerificationHandler(
            address,
            verifier: PeerVerifier(policy: policy, developerRoots: developerRoots),
            reverification: .zero,
            now: now
        )
        pool = ConnectionPool(address: address, connectTimeout: .seconds(5), peerGuard: peerGuard)
        self.timeout = timeout
    }

    /// Opens a connection, asks, judges, and closes it.
    ///
    /// - Returns: What was found out.
    /// - Throws: `client.connection-failed`, `client.timed-out`, and `client.peer-refused` where there is no evidence.
    package func examine() async throws -> EvidenceExchange {
        try await pool.examine(by: peerGuard, deadline: Deadline(in: timeout))
    }
}
