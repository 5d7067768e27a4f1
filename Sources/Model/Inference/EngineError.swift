import Diagnostics

/// Why an engine cannot load or run a model.
package struct EngineError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case notBuilt = "engine.not-built"
        case libraryMissing = "engine.library-missing"
        case libraryVersion = "engine.library-version"
        case outOfResources = "engine.out-of-resources"
        case modelUnreadable = "engine.model-unreadable"
        case modelInvalid = "engine.model-invalid"
        case dataTypeUnsupported = "engine.data-type-unsupported"
        case shapeMismatch = "engine.shape-mismatch"
        case precisionUnsupported = "engine.precision-unsupported"
        case runFailed = "engine.run-failed"
    }

    /// What kind of failure this is.
    package let code: Code
    /// What it happened to: a library, a file or a tensor's name, never a tensor's content.
    package let subject: String
    /// What was expected.
    package let expected: String?
    /// What was found; for a library's own error, its message.
    ///
    /// A library's message may quote the model's source, so it is for logs of those who may see the model.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
