import Diagnostics

/// Why a repository has no model for a request.
package struct ModelRepositoryError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case modelUnknown = "repository.model-unknown"
        case versionUnknown = "repository.version-unknown"
        case notReady = "repository.model-not-ready"
        case unreadable = "repository.unreadable"
        case nameDiffers = "repository.name-differs"
        case nameTaken = "repository.name-taken"
        case stopping = "repository.stopping"
    }

    /// What kind of failure this is.
    package let code: Code
    /// What failed: a model's name in the repository, a folder, or "model" for an unknown name; never a client's own
    /// text.
    package let subject: String
    /// What was expected.
    package let expected: String?
    /// What was found.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
