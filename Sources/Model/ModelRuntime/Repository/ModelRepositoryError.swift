import Diagnostics

/// Why a repository does not give a model.
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
    /// What it happened to: a model's name of the repository, a folder, or "model" where a client named one that is not
    /// there; never a client's own text.
    package let subject: String
    /// What was asked for.
    package let expected: String?
    /// What is there.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
