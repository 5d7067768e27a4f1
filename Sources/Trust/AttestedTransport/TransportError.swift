import Diagnostics

/// Why an attested connection or evidence for one could not be made.
package struct TransportError: CodedError, Equatable {
    /// The stable error codes; logs, responses and tests depend on them.
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

    /// The error code.
    package let code: Code
    /// What failed.
    package let subject: String
    /// The expected value, if there is one.
    package let expected: String?
    /// The value found instead, if there is one.
    package let found: String?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The error code.
    ///   - subject: What failed.
    ///   - expected: The expected value.
    ///   - found: The value found instead.
    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
