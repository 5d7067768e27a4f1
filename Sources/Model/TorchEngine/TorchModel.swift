#if Torch
import CTorchInterface
import Inference

/// A TorchScript module in libtorch.
///
/// Safe to send: the engine calls it on its own thread alone, and `deinit` comes after the last call.
@safe final class TorchModel: @unchecked Sendable {
    private let handle: OpaquePointer
    private let library: TorchLibrary

    var libraryVersion: String { library.version }

    init(
        path: String,
        signature: EngineSignature,
        options: EngineOptions,
        library: TorchLibrary
    ) throws(EngineError) {
        var handle: OpaquePointer?
        let (inputCount, outputCount) = (signature.inputs.count, signature.outputs.count)
        let threads = Int32(clamping: options.threads)
        let precision =
            switch options.precision {
            case .float32: adyton_torch_float32
            case .bfloat16: adyton_torch_bfloat16
            }
        // Safe: the path lives for the call, and the shim fills the handle for a success.
        let (status, message) = unsafe FailureMessage.capture {
            unsafe library.functions.load(path, threads, precision, inputCount, outputCount, &handle, $0, $1)
        }
        guard status == adyton_torch_ok, let handle = unsafe handle else {
            let expected: String? =
                switch status {
                case adyton_torch_arity: "\(inputCount) in, \(outputCount) out"
                case adyton_torch_precision_unsupported: options.precision.rawValue
                default: nil
                }
            throw EngineError(status, subject: path, expected: expected, message: message)
        }
        unsafe self.handle = handle
        self.library = library
    }

    deinit {
        // Safe: no other code has the handle.
        unsafe library.functions.release(handle)
        AllocatorTrim.trim()
    }

    /// Runs the module once on inputs in the signature's order.
    func run(_ tensors: [Tensor], signature: EngineSignature) throws -> TensorBatch {
        var result: OpaquePointer?
        // Safe: the tensors' storage and the list of them live for the call, which only reads them.
        let (status, message) = unsafe tensors.withUnsafeStorage { storage in
            let inputs = unsafe storage.map {
                unsafe adyton_torch_tensor(elements: $0.elements, count: $0.count, shape: $0.shape, rank: $0.rank)
            }
            return unsafe FailureMessage.capture { unsafe library.functions.run(handle, inputs, &result, $0, $1) }
        }
        guard status == adyton_torch_ok, let result = unsafe result else {
            throw EngineError(status, subject: "PyTorch", message: message)
        }
        defer { unsafe library.functions.release_result(result) }
        let batchSize = tensors[0].shape[0]
        return TensorBatch(
            try signature.outputs.enumerated().map { index, description in
                // Safe: the tensor's pointers are used before the result is released.
                let tensor = unsafe library.functions.result_tensor(result, index)
                let shape = unsafe Array(UnsafeBufferPointer(start: tensor.shape, count: tensor.rank))
                try signature.check(shape, ofOutput: index, batchSize: batchSize)
                let elements = unsafe UnsafeBufferPointer(start: tensor.elements, count: tensor.count)
                return unsafe Tensor(name: description.name, shape: shape, elements: Array(elements))
            }
        )
    }
}
#endif
