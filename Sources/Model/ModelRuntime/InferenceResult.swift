package import Inference

/// One engine's output for the rows of one request.
package struct EngineOutput: Sendable, Equatable {
    /// The engine's name, such as "ONNX Runtime".
    package let engine: String
    /// The version of the engine's library.
    package let libraryVersion: String
    /// The engine's arithmetic.
    package let precision: Precision
    /// The model's outputs in the card's order, before any activation.
    package let tensors: [Tensor]
    /// The rows of the output with the classes as probabilities; none for a model without classes.
    package let probabilities: [ProbabilityVector]
    /// The duration of the engine's run, for all rows of the batch.
    package let duration: Duration
}

/// The result of one request: every engine's output, after they were found to agree.
///
/// The documents of `/evaluate` and of the Open Inference Protocol are written from it.
package struct InferenceResult: Sendable, Equatable {
    /// One output for each engine, ONNX Runtime first.
    package let outputs: [EngineOutput]
    /// The largest difference of the classes' probabilities of all rows, where more than one engine ran.
    package let crossCheck: CrossCheck.Report?
    /// The differences of the other outputs, where more than one engine ran; none of what the card calls random.
    package let comparisons: [OutputComparison.Report]
    /// The durations of the steps.
    package let timings: Timings
}

/// How long each step of a request took.
package struct Timings: Sendable, Equatable {
    /// From encoded bytes to pixels of the model's size; zero for tensors.
    package var preparation: Duration = .zero
    /// Waiting in the queue and the engines' runs.
    package var inference: Duration = .zero
    /// How many images ran together.
    package var batchSize = 1
}
