package import Inference

/// ONNX Runtime with one ONNX model.
///
/// The library reads the file once and has one copy of the weights; inputs are not copied.
package final class OnnxEngine: Engine {
    package let name = "ONNX Runtime"
    package let libraryVersion: String
    package var inputs: [TensorDescription] { signature.inputs }
    package var outputs: [TensorDescription] { signature.outputs }

    private let signature: EngineSignature
    #if Onnx
    private let session: OnnxSession
    private let thread: WorkerThreads

    package var executor: (any TaskExecutor)? { thread }

    private init(_ session: OnnxSession, signature: EngineSignature, thread: WorkerThreads) {
        libraryVersion = session.libraryVersion
        self.signature = signature
        self.session = session
        self.thread = thread
    }
    #else
    private init(signature: EngineSignature) {
        libraryVersion = ""
        self.signature = signature
    }
    #endif

    /// Loads a model on the engine's own thread.
    ///
    /// - Parameters:
    ///   - model: The path of an ONNX file. External data is read only from below the file's own folder.
    ///   - options: How many threads a run may use.
    ///   - isBatched: Whether the first dimension of every tensor is the batch.
    ///   - library: The path of the ONNX Runtime library; nil for the usual search path.
    /// - Returns: An engine that is ready to run.
    /// - Throws: `EngineError` with `engine.not-built`, `engine.library-missing`, `engine.library-version`,
    ///   `engine.precision-unsupported` for all but float32, `engine.out-of-resources`, `engine.model-unreadable`,
    ///   `engine.model-invalid` or `engine.data-type-unsupported`; `CancellationError` where the task was cancelled
    ///   before the load began.
    package static func load(
        model: String,
        options: EngineOptions,
        isBatched: Bool = true,
        library: String? = nil
    ) async throws -> OnnxEngine {
        #if Onnx
        guard options.precision == .float32 else {
            throw EngineError(
                .precisionUnsupported,
                subject: "ONNX Runtime",
                expected: Precision.float32.rawValue,
                found: options.precision.rawValue
            )
        }
        let thread = try WorkerThreads()
        let (session, signature) = try await thread.run {
            try EngineModelFile.check(model)
            let session = try OnnxSession(model: model, options: options, library: OnnxLibrary.shared(library))
            return (session, try session.signature(isBatched: isBatched))
        }
        return OnnxEngine(session, signature: signature, thread: thread)
        #else
        throw EngineError(.notBuilt, subject: "ONNX Runtime", expected: "a build with the package trait Onnx")
        #endif
    }

    /// Opens the library without a model.
    ///
    /// - Parameter library: The library's path; nil for the usual search path.
    /// - Returns: The library's version.
    /// - Throws: `engine.not-built`, `engine.library-missing` or `engine.library-version`.
    package static func findLibrary(_ library: String? = nil) throws(EngineError) -> String {
        #if Onnx
        return try OnnxLibrary.shared(library).version
        #else
        throw EngineError(.notBuilt, subject: "ONNX Runtime", expected: "a build with the package trait Onnx")
        #endif
    }

    package func run(_ batch: TensorBatch) async throws -> TensorBatch {
        #if Onnx
        let tensors = try signature.arrange(batch)
        return try await thread.run { [session, signature] in
            try session.run(tensors, signature: signature)
        }
        #else
        throw EngineError(.notBuilt, subject: name)
        #endif
    }
}
