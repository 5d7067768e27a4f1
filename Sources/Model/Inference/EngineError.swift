import Diagnostics

/// Why an engine could not load or run a model.
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
    /// What was asked for.
    package let expected: String?
    /// What was there instead; for a library's own error, its message.
    ///
    /// A library's message may quote the model's source, so it stays where the model may be seen.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
