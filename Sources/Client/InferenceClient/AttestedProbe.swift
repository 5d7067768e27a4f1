package import Attestation
import Diagnostics
package import Foundation
import PeerVerification

/// Gets a server's evidence and sends it nothing else, for people who want to inspect what it proves.
package struct AttestedProbe: Sendable {
    private let verification: PeerVerificationHandler
    private let pool: ConnectionPool
    private let timeout: Duration

    /// Makes a probe that has no connection yet.
    ///
    /// - Parameters:
    ///   - address: The server's address, with `https`.
    ///   - policy: The policy to appraise the evidence by; nil to verify without a policy.
    ///   - developerRoots: A developer's own roots.
    ///   - endorsements: Where revocation lists and TCB information come from.
    ///   - timeout: The timeout of a call.
    ///   - now: The time at which certificates and lists must be valid.
    /// - Throws: `client.plaintext-refused` for an `http` address; `client.address-invalid` for a mirror that is none.
    package init(
        _ address: ServerAddress,
        policy: AppraisalPolicy?,
        developerRoots: [TrustAnchor],
        endorsements: EndorsementOptions = EndorsementOptions(),
        timeout: Duration,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(ClientError) {
        guard address.scheme == .https else {
            throw ClientError(.plaintextRefused, subject: "\(address)", expected: "https://")
        }
        verification = try PeerVerificationHandler(
            address,
            verifier: PeerVerifier(policy: policy, developerRoots: developerRoots),
            endorsements: EndorsementProvider(endorsements),
            reverification: .zero,
            now: now
        )
        pool = ConnectionPool(address: address, connectTimeout: .seconds(5), verification: verification)
        self.timeout = timeout
    }

    /// Opens a connection, gets evidence, appraises it, and closes the connection.
    ///
    /// - Returns: The evidence and its appraisal.
    /// - Throws: `client.connection-failed`, `client.timed-out`, and `client.peer-refused` where there is no evidence.
    package func examine() async throws -> EvidenceExchange {
        try await pool.examine(by: verification, deadline: Deadline(in: timeout))
    }
}
