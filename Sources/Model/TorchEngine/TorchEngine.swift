package import Inference
import InferenceProtocol

/// PyTorch with one TorchScript module.
///
/// The library reads the file once and has one copy of the weights; inputs are not copied, unless the module may write
/// into them.
package final class TorchEngine: Engine {
    package let name = "PyTorch"
    package let libraryVersion: String
    package let precision: Precision
    package var inputs: [TensorDescription] { signature.inputs }
    package var outputs: [TensorDescription] { signature.outputs }

    private let signature: EngineSignature
    #if Torch
    private let model: TorchModel
    private let thread: WorkerThreads

    package var executor: (any TaskExecutor)? { thread }

    private init(_ model: TorchModel, signature: EngineSignature, precision: Precision, thread: WorkerThreads) {
        libraryVersion = model.libraryVersion
        self.precision = precision
        self.signature = signature
        self.model = model
        self.thread = thread
    }
    #else
    private init(signature: EngineSignature) {
        libraryVersion = ""
        precision = .float32
        self.signature = signature
    }
    #endif

    /// Loads a module on the engine's own thread.
    ///
    /// A module identifies its tensors by their order alone, so the caller describes them.
    ///
    /// - Parameters:
    ///   - model: The path of a TorchScript file, as `torch.jit.save` writes it.
    ///   - inputs: The inputs of the module's `forward`, in its order.
    ///   - outputs: Its outputs: its tensor, or the tensors of its tuple.
    ///   - isBatched: Whether the first dimension of every tensor is the batch.
    ///   - options: How many threads a run may use; the number is one for the process, the last engine's.
    ///   - library: The path of `libAdytonTorch.so`; nil for the usual search path.
    /// - Returns: An engine that is ready to run.
    /// - Throws: `EngineError` with `engine.not-built`, `engine.library-missing`, `engine.library-version`,
    ///   `engine.precision-unsupported` where the processor has no bfloat16 instructions or the module's weights are
    ///   frozen, `engine.out-of-resources`, `engine.model-unreadable`, `engine.model-invalid`, `engine.shape-mismatch`
    ///   (another number of tensors) or `engine.data-type-unsupported`; `CancellationError` where the task was
    ///   cancelled before the load began.
    package static func load(
        model: String,
        inputs: [TensorDescription],
        outputs: [TensorDescription],
        isBatched: Bool = true,
        options: EngineOptions,
        library: String? = nil
    ) async throws -> TorchEngine {
        #if Torch
        let signature = try EngineSignature(
            inputs: inputs,
            outputs: outputs,
            isBatched: isBatched,
            // PyTorch has no tensors of strings.
            types: TensorDatatype.allCases.filter { $0 != .bytes }
        )
        let thread = try WorkerThreads()
        let loaded = try await thread.run {
            try EngineModelFile.check(model)
            return try TorchModel(path: model, signature: signature, options: options, library: .shared(library))
        }
        return TorchEngine(loaded, signature: signature, precision: options.precision, thread: thread)
        #else
        throw EngineError(.notBuilt, subject: "PyTorch", expected: "a build with the package trait Torch")
        #endif
    }

    /// Opens the library without a model.
    ///
    /// - Parameter library: The library's path; nil for the usual search path.
    /// - Returns: The library's version.
    /// - Throws: `engine.not-built`, `engine.library-missing` or `engine.library-version`.
    package static func findLibrary(_ library: String? = nil) throws(EngineError) -> String {
        #if Torch
        return try TorchLibrary.shared(library).version
        #else
        throw EngineError(.notBuilt, subject: "PyTorch", expected: "a build with the package trait Torch")
        #endif
    }

    package func run(_ batch: TensorBatch) async throws -> TensorBatch {
        #if Torch
        let tensors = try signature.arrange(batch)
        return try await thread.run { [model, signature] in
            try model.run(tensors, signature: signature)
        }
        #else
        throw EngineError(.notBuilt, subject: name)
        #endif
    }
}
