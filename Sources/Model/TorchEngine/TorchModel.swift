#if Torch
import CTorchInterface
import Inference
import InferenceProtocol

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
        // Safe: the path and the names live for the call, which copies the names, and the shim fills the handle for a
        // success.
        let (status, message) = unsafe Self.withNames(signature.outputs.map(\.name)) { names in
            unsafe FailureMessage.capture {
                unsafe library.functions.load(path, threads, precision, inputCount, names, outputCount, &handle, $0, $1)
            }
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

    /// Passes names as C strings for the length of a call.
    private static func withNames<Result>(
        _ names: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let text = names.flatMap { $0.utf8CString }
        return unsafe text.withUnsafeBufferPointer { text in
            // Safe: each name begins where those before it, each with its zero byte, end.
            var place = 0
            let starts = unsafe names.map { name -> UnsafePointer<CChar>? in
                defer { place += name.utf8.count + 1 }
                return unsafe text.baseAddress.map { unsafe $0 + place }
            }
            return unsafe (starts + [nil]).withUnsafeBufferPointer { starts in
                guard let first = starts.baseAddress else { preconditionFailure("the list is not empty") }
                return unsafe body(first)
            }
        }
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
                unsafe adyton_torch_tensor(
                    elements: $0.elements,
                    element_type: $0.type.onnxElementType,
                    count: $0.count,
                    shape: $0.shape,
                    rank: $0.rank
                )
            }
            return unsafe FailureMessage.capture { unsafe library.functions.run(handle, inputs, &result, $0, $1) }
        }
        guard status == adyton_torch_ok, let result = unsafe result else {
            throw EngineError(status, subject: "PyTorch", message: message)
        }
        defer { unsafe library.functions.release_result(result) }
        let batchSize = tensors[0].shape.first
        return TensorBatch(
            try signature.outputs.enumerated().map { index, description in
                // Safe: the tensor's pointers are used before the result is released.
                let tensor = unsafe library.functions.result_tensor(result, index)
                let shape = unsafe Array(UnsafeBufferPointer(start: tensor.shape, count: tensor.rank))
                let found = unsafe TensorDatatype(onnxElementType: tensor.element_type)
                let type = try signature.check(shape, found, ofOutput: index, batchSize: batchSize)
                let content = unsafe TensorElements(reading: tensor.elements, count: tensor.count, type: type)
                return Tensor(name: description.name, shape: shape, content: content)
            }
        )
    }
}
#endif
