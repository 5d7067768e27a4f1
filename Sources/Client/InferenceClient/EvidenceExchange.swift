package import AttestedTransport
package import PeerVerification

/// The evidence that a server gave on one connection, with its appraisal.
package struct EvidenceExchange: Sendable {
    /// The result of the appraisal.
    package let verification: PeerVerificationResult
    /// The evidence document, as received.
    package let document: [UInt8]
    /// The challenge that it answers.
    package let challenge: Challenge
    /// The server's certificate from the handshake.
    package let shown: PeerCertificate
}
