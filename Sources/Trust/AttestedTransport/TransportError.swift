import Diagnostics

/// Why there is no attested connection, or no evidence for one.
package struct TransportError: CodedError, Equatable {
    /// The stable name of a failure: logs, answers and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case nonceInvalid = "evidence.nonce-invalid"
        case tooManyRequests = "evidence.too-many-requests"
        case unavailable = "evidence.unavailable"
        case timedOut = "evidence.timed-out"
        case documentInvalid = "evidence.document-invalid"
        case keyInvalid = "transport.key-invalid"
        case fileUnreadable = "transport.file-unreadable"
        case fileUnwritable = "transport.file-unwritable"
        case identityFailed = "transport.identity-failed"
    }

    /// What kind of failure this is.
    package let code: Code
    /// What it happened to.
    package let subject: String
    /// What was wanted.
    package let expected: String?
    /// What was there.
    package let found: String?

    /// Says what went wrong.
    ///
    /// - Parameters:
    ///   - code: What kind of failure this is.
    ///   - subject: What it happened to.
    ///   - expected: What was wanted.
    ///   - found: What was there.
    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
