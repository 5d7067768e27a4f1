/// A loaded model that turns tensors into tensors.
///
/// An engine owns its weights. It may be called from any task; it never blocks the thread that calls it.
package protocol Engine: Sendable {
    /// The engine's name as answers and reports show it, such as "ONNX Runtime".
    var name: String { get }
    /// The version of the library that runs the model.
    var libraryVersion: String { get }
    /// What the model takes; the first dimension is the batch.
    var inputs: [TensorDescription] { get }
    /// What the model gives; the first dimension is the batch.
    var outputs: [TensorDescription] { get }

    /// Runs the model once over a batch of any size.
    ///
    /// - Parameter batch: Every input by its name, row-major float32.
    /// - Returns: Every output by its name, row-major float32.
    /// - Throws: `EngineError` with `engine.shape-mismatch` before the library is called where an input is missing or
    ///   its shape differs, and `engine.run-failed` where the library refuses.
    func run(_ batch: TensorBatch) async throws -> TensorBatch
}

/// How an engine uses the machine.
package struct EngineOptions: Sendable, Equatable {
    /// How many threads one run may use; at least 1.
    package let threads: Int

    package init(threads: Int) {
        precondition(threads >= 1, "an engine needs a thread")
        self.threads = threads
    }
}
