import Diagnostics
package import Files

/// Why an application could not be prepared for Gramine, or be run by it.
package struct GramineError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case programMissing = "gramine.program-missing"
        case programFailed = "gramine.program-failed"
        case pathUnsupported = "gramine.path-unsupported"
        case mountUnsupported = "gramine.mount-unsupported"
        case rootUnsupported = "gramine.root-unsupported"
        case unwritable = "gramine.unwritable"
        case outputExists = "gramine.output-exists"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The program, the path or the mount.
    package let subject: String
    /// What would have been right, and how to get it.
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

extension GramineError: FileFailure {
    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case .exists, .destinationInUse: .outputExists
            case .missing, .unreadable, .changed, .unwritable, .diskFull, .systemRefused: .unwritable
            }
        self.init(code, subject: error.subject, expected: error.expected, found: error.found)
    }
}
