import Diagnostics

/// Why a developer's certificate authority cannot be used.
package struct DeveloperTrustError: CodedError, Equatable {
    /// The stable error codes; logs, exit statuses and tests depend on them.
    package enum Code: String, Sendable, CaseIterable {
        case authorityUnusable = "developer.authority-unusable"
        case authorityUnsafe = "developer.authority-unsafe"
    }

    /// The error code.
    package let code: Code
    /// The directory or file that failed.
    package let subject: String
    /// The expected value, if there is one.
    package let expected: String?
    /// The value found instead, if there is one.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
