public import Attestation
import Diagnostics

/// Why a client's call failed.
public struct ClientError: Error, Equatable, CustomStringConvertible {
    /// The stable name of a failure: exit codes and tests key on it.
    public enum Code: String, Sendable, CaseIterable {
        case addressInvalid = "client.address-invalid"
        case connectionFailed = "client.connection-failed"
        case timedOut = "client.timed-out"
        case answerInvalid = "client.answer-invalid"
        case notReady = "client.not-ready"
        case refused = "client.refused"
        case peerRefused = "client.peer-refused"
        case plaintextRefused = "client.plaintext-refused"
    }

    /// What kind of failure this is.
    public let code: Code
    /// The server's address.
    public let subject: String
    /// What was expected of the server.
    public let expected: String?
    /// What the server did.
    public let found: String?
    /// For `client.refused`, the server's own code, such as `image.truncated`.
    public let serverCode: String?
    /// For `client.peer-refused`, every reason why the policy refuses the server; no request was sent to it.
    public let findings: [Finding]

    init(
        _ code: Code,
        subject: String,
        expected: String? = nil,
        found: String? = nil,
        serverCode: String? = nil,
        findings: [Finding] = []
    ) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
        self.serverCode = serverCode
        self.findings = findings
    }

    /// The failure as a sentence for a person.
    public var description: String {
        switch code {
        case .refused: "\(serverCode ?? code.rawValue): \(found ?? "the server refused")"
        case .peerRefused: (["\(detail) (\(stableCode))"] + findings.map { "\($0)" }).joined(separator: "\n  ")
        default: "\(detail) (\(stableCode))"
        }
    }
}

extension ClientError: CodedError {}
