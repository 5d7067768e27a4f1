/// A loaded model that turns tensors into tensors.
///
/// An engine owns its weights and a thread of its own, on which all its runs take place one after the other. It may be
/// called from any task; it never blocks the thread that calls it.
package protocol Engine: Sendable {
    /// The engine's name as answers and reports show it, such as "ONNX Runtime".
    var name: String { get }
    /// The version of the library that runs the model.
    var libraryVersion: String { get }
    /// The arithmetic that the engine uses inside.
    var precision: Precision { get }
    /// What the model takes; the first dimension is the batch.
    var inputs: [TensorDescription] { get }
    /// What the model gives; the first dimension is the batch.
    var outputs: [TensorDescription] { get }

    /// The thread that the runs take place on; a task that prefers it wakes no other for what it does around a run. Nil
    /// where it is the engine's own affair.
    var executor: (any TaskExecutor)? { get }

    /// Runs the model once over a batch of any size.
    ///
    /// Outputs are handed on as the library gave them, infinities and NaN included: whoever compares or shows them has
    /// to look. A task that is cancelled before its turn leaves without a run; a run that has begun goes to its end.
    ///
    /// - Parameter batch: Every input by its name, row-major float32.
    /// - Returns: Every output by its name, row-major float32.
    /// - Throws: `EngineError` with `engine.shape-mismatch` before the library is called where an input is missing or
    ///   its shape differs, and after it where an output's shape does; `engine.data-type-unsupported` where an output
    ///   is not float32; `engine.run-failed` where the library refuses; `CancellationError`.
    func run(_ batch: TensorBatch) async throws -> TensorBatch
}

extension Engine {
    /// What an engine uses that has no choice.
    package var precision: Precision { .float32 }
    /// No thread that others may use.
    package var executor: (any TaskExecutor)? { nil }
}

/// How an engine uses the machine.
package struct EngineOptions: Sendable, Equatable {
    /// The most threads that an engine may be given.
    package static let maximumThreads = 1024

    /// How many threads one run may use, the engine's own among them; at least 1.
    package let threads: Int
    /// The arithmetic inside.
    package let precision: Precision

    package init(threads: Int, precision: Precision = .float32) {
        precondition((1...Self.maximumThreads).contains(threads), "an engine needs a thread, and not thousands")
        self.threads = threads
        self.precision = precision
    }
}
