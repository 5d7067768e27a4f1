import Diagnostics

/// Why the project's sources could not be built.
package struct SourceBuildError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case cloneInvalid = "source.clone-invalid"
        case buildFailed = "source.build-failed"
        case programMissing = "source.program-missing"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The folder or the program.
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
