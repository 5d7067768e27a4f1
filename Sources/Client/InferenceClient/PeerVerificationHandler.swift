import Attestation
import AttestedTransport
import Diagnostics
import Foundation
import NIOCore
import NIOHTTP1
import PeerVerification
import Synchronization

/// Verifies the server of a connection before requests are sent on it.
final class PeerVerificationHandler: Sendable {
    /// The TLS of connections.
    let tls: PeerKeyTLS
    /// After how long an open connection must prove itself again.
    let reverification: Duration

    private let address: ServerAddress
    private let verifier: PeerVerifier
    private let endorsements: EndorsementProvider
    private let now: @Sendable () -> Date
    private let challenges = Mutex(OutstandingChallenges(lifetimeInSeconds: 60, maximumCount: 4096))

    init(
        _ address: ServerAddress,
        verifier: PeerVerifier,
        endorsements: EndorsementProvider,
        reverification: Duration,
        now: @escaping @Sendable () -> Date
    ) throws(ClientError) {
        do throws(TransportError) {
            tls = try PeerKeyTLS(host: address.host)
        } catch {
            throw ClientError(.connectionFailed, subject: "\(address)", expected: "TLS 1.3", found: "\(error)")
        }
        self.address = address
        self.verifier = verifier
        self.endorsements = endorsements
        self.reverification = reverification
        self.now = now
    }

    /// Refuses to connect by a policy that tolerates missing revocation or TCB information beyond its day.
    ///
    /// - Throws: `client.peer-refused` with `connection.tolerance-ended`, before anything is sent.
    func checkPolicy() throws(ClientError) {
        let obstacles = verifier.obstacles(at: now())
        guard obstacles.isEmpty else { throw refusal(obstacles) }
    }

    /// Requests evidence on a connection, with retries while the server is busy, and appraises it.
    ///
    /// It sends a fresh challenge and the server's own address, nothing else; the connection must be new, or proven
    /// before.
    ///
    /// - Parameters:
    ///   - shown: The server's certificate from the handshake; without it nothing is sent.
    ///   - deadline: By when a retry to a busy server has to begin.
    ///   - send: Sends one request on that connection.
    /// - Returns: The evidence and its appraisal, which may be a refusal.
    /// - Throws: `client.peer-refused` where there is no evidence, and what `send` throws.
    func examine(
        _ shown: PeerCertificate?,
        by deadline: Deadline,
        send: @Sendable (HTTPRequestHead) async throws -> RawResponse
    ) async throws -> EvidenceExchange {
        guard let shown else {
            throw ClientError(.connectionFailed, subject: "\(address)", expected: "a key that TLS has proven")
        }
        while true {
            let challenge = Challenge.random()
            challenges.withLock { _ = $0.issue(random: challenge.bytes, at: now()) }
            let path = "\(EvidenceDocument.path)?nonce=\(challenge.hexadecimal)"
            let response = try await send(
                HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: ["host": address.authority])
            )
            // Any response uses up the challenge.
            let isFresh = challenges.withLock { $0.redeem(challenge.bytes, at: now()) }
            if let wait = response.retryAfterSeconds, (0...60).contains(wait), [429, 503].contains(response.status),
                response.isKeptAlive, .seconds(wait) < deadline.remaining
            {
                try await Task.sleep(for: .seconds(max(wait, 1)))
                continue
            }
            guard response.status == 200, response.isKeptAlive else {
                throw refusal([
                    Finding(
                        ConnectionCheck.evidenceMissing,
                        subject: "\(address)",
                        expected: "evidence, and an open connection",
                        found: "status \(response.status)"
                    )
                ])
            }
            guard isFresh else {
                throw refusal([Finding(ConnectionCheck.challengeSpent, subject: "\(address)")])
            }
            let document = Array(response.body.readableBytesView)
            let verification = await verifier.verify(
                document,
                challenge: challenge,
                tlsPublicKey: shown.publicKey,
                at: now(),
                endorsedBy: endorsements.cache,
                until: deadline.within(endorsements.timeout)
            )
            return EvidenceExchange(
                verification: verification,
                document: document,
                challenge: challenge,
                shown: shown
            )
        }
    }

    /// The error with findings.
    func refusal(_ findings: [Finding]) -> ClientError {
        ClientError(
            .peerRefused,
            subject: "\(address)",
            expected: "a machine that the policy accepts",
            found: findings.isEmpty ? "no policy" : findings.map(\.id).joined(separator: ", "),
            findings: findings
        )
    }
}
