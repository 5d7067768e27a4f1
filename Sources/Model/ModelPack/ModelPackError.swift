import Diagnostics
package import Files

/// Why a model pack is not usable.
package struct ModelPackError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case unreadable = "pack.unreadable"
        case cardInvalid = "pack.card-invalid"
        case fileMissing = "pack.file-missing"
        case fileUnexpected = "pack.file-unexpected"
        case fileChanged = "pack.file-changed"
        case pathUnsafe = "pack.path-unsafe"
        case labelsInvalid = "pack.labels-invalid"
        case tensorInvalid = "pack.tensor-invalid"
        case digestMismatch = "pack.digest-mismatch"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The file, or the field of the card.
    package let subject: String
    /// What the card or the caller states.
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

extension ModelPackError: FileFailure {
    package init(_ error: FileError) {
        self.init(.unreadable, subject: error.subject, expected: error.expected, found: error.found)
    }
}
