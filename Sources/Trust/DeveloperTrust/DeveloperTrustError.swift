import Diagnostics

/// Why a developer's own authority cannot be used.
package struct DeveloperTrustError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case authorityUnusable = "developer.authority-unusable"
        case authorityUnsafe = "developer.authority-unsafe"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The folder or the file that it happened to.
    package let subject: String
    /// What should have been there.
    package let expected: String?
    /// What was there.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
