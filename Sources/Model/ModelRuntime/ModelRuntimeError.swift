import Diagnostics

/// Why a model has no result for a request.
package struct ModelRuntimeError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case engineMissing = "runtime.engine-missing"
        case engineModelDiffers = "runtime.engine-model-differs"
        case topAnswersDiffer = "crosscheck.top-answers-differ"
        case probabilitiesDiffer = "crosscheck.probabilities-differ"
        case numbersDiffer = "crosscheck.numbers-differ"
        case elementsDiffer = "crosscheck.elements-differ"
        case shapesDiffer = "crosscheck.shapes-differ"
        case notFinite = "crosscheck.not-finite"
        case selfTestLabel = "selftest.label-differs"
        case selfTestProbability = "selftest.probability-differs"
        case selfTestImage = "selftest.image-unusable"
        case selfTestTensor = "selftest.tensor-differs"
        case precisionNotAllowed = "runtime.precision-not-allowed"
        case queueFull = "runtime.queue-full"
        case deadlinePassed = "runtime.deadline-passed"
        case engineStalled = "runtime.engine-stalled"
        case batchTooLarge = "runtime.batch-too-large"
        case tensorMismatch = "runtime.tensor-mismatch"
        case tensorTooLarge = "runtime.tensor-too-large"
        case stopping = "runtime.stopping"
    }

    /// What kind of failure this is.
    package let code: Code
    /// What failed: an engine or a file of the pack, never anything of a request.
    package let subject: String
    /// What was expected, by the model card or the other engine.
    package let expected: String?
    /// What was found.
    package let found: String?
    /// After which time a retry is worthwhile, for `runtime.queue-full`.
    package let retryAfter: Duration?
    /// The lower error, where there is one.
    package let cause: (any Error)?

    package init(
        _ code: Code,
        subject: String,
        expected: String? = nil,
        found: String? = nil,
        retryAfter: Duration? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
        self.retryAfter = retryAfter
        self.cause = cause
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.code == right.code && left.subject == right.subject
    }
}
