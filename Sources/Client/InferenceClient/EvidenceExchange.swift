package import AttestedTransport
package import PeerVerification

/// What came of asking one connection for evidence.
package struct EvidenceExchange: Sendable {
    /// What was found out.
    package let judgement: PeerVerificationResult
    /// The document as it came.
    package let document: [UInt8]
    /// What it had to answer.
    package let challenge: Challenge
    /// What the server has shown in its handshake.
    package let shown: PeerCertificate
}
