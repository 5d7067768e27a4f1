package import Inference

/// What one engine gave for the rows of one request.
package struct EngineOutput: Sendable, Equatable {
    /// The engine's name, such as "ONNX Runtime".
    package let engine: String
    /// The version of the engine's library.
    package let libraryVersion: String
    /// The arithmetic that the engine was told to use.
    package let precision: Precision
    /// The model's output under its name, one row an image, as the engine gave it: no activation was applied.
    package let tensor: Tensor
    /// The tensor's rows as probabilities, with the activation of the card.
    package let probabilities: [ProbabilityVector]
    /// How long the engine computed, for all rows that ran together.
    package let duration: Duration
}

/// Every engine's output for one request, after they were found to agree.
package struct InferenceResult: Sendable, Equatable {
    /// One output an engine, ONNX Runtime first.
    package let outputs: [EngineOutput]
    /// The largest difference over all rows, where more than one engine ran.
    package let crossCheck: CrossCheck.Report?
    /// Where the time went.
    package let timings: Timings
}

/// How long each step of a request took.
package struct Timings: Sendable, Equatable {
    /// From encoded bytes to pixels of the model's size; zero for tensors.
    package var preparation: Duration = .zero
    /// Waiting for the engines, and computing.
    package var inference: Duration = .zero
    /// How many images ran together.
    package var batchSize = 1
}
