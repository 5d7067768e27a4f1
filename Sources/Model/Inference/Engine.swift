/// A loaded model that turns input tensors into output tensors.
///
/// An engine owns its weights and a thread of its own, on which its runs take place one after the other. It may be
/// called from any task, and never blocks the calling thread.
package protocol Engine: Sendable {
    /// The engine's name in responses and reports, such as "ONNX Runtime".
    var name: String { get }
    /// The version of the library that runs the model.
    var libraryVersion: String { get }
    /// The engine's internal arithmetic.
    var precision: Precision { get }
    /// The model's inputs.
    var inputs: [TensorDescription] { get }
    /// The model's outputs.
    var outputs: [TensorDescription] { get }

    /// The engine's thread as an executor: a task that prefers it prepares a run, and handles its result, without
    /// waking another thread. Nil where the engine does not share its thread.
    var executor: (any TaskExecutor)? { get }

    /// Runs the model once.
    ///
    /// Outputs are passed on unchanged, infinities and NaN included; the caller has to check them. A task that is
    /// cancelled before its turn does not run; a run that has begun goes on to its end.
    ///
    /// - Parameter batch: Every input by its name.
    /// - Returns: Every output by its name.
    /// - Throws: `EngineError` with `engine.shape-mismatch` before the library is called where an input is missing or
    ///   its shape differs, and after it where an output's shape does; `engine.data-type-unsupported` where a type
    ///   does; `engine.run-failed` where the library fails; `CancellationError`.
    func run(_ batch: TensorBatch) async throws -> TensorBatch
}

extension Engine {
    /// The default arithmetic.
    package var precision: Precision { .float32 }
    /// No shared thread.
    package var executor: (any TaskExecutor)? { nil }
}

/// An engine's threads and arithmetic.
package struct EngineOptions: Sendable, Equatable {
    /// The most threads that an engine may have.
    package static let maximumThreads = 1024

    /// How many threads one run may use, including the engine's own; at least 1.
    package let threads: Int
    /// The internal arithmetic.
    package let precision: Precision

    package init(threads: Int, precision: Precision = .float32) {
        precondition((1...Self.maximumThreads).contains(threads), "an engine needs a thread, and not thousands")
        self.threads = threads
        self.precision = precision
    }
}
