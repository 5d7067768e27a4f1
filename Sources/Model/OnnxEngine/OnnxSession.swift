#if Onnx
import COnnxRuntime
import Inference
import InferenceProtocol

/// A model in ONNX Runtime.
///
/// Safe to send: the engine calls it on its own thread alone, and `deinit` comes after the last call.
@safe final class OnnxSession: @unchecked Sendable {
    private let handle: OpaquePointer
    private let library: OnnxLibrary

    var libraryVersion: String { library.version }

    init(model: String, options: EngineOptions, library: OnnxLibrary) throws(EngineError) {
        var handle: OpaquePointer?
        // Safe: the path lives for the call, the library for good, and the shim fills the handle for a success.
        let (status, message) = unsafe FailureMessage.capture {
            unsafe adyton_onnx_load(library.handle, model, Int32(clamping: options.threads), &handle, $0, $1)
        }
        guard status == adyton_onnx_ok, let handle = unsafe handle else {
            throw EngineError(status, subject: model, message: message)
        }
        unsafe self.handle = handle
        self.library = library
    }

    deinit {
        // Safe: no other code has the handle.
        unsafe adyton_onnx_release(handle)
        AllocatorTrim.trim()
    }

    /// The model's own inputs and outputs.
    func signature(isBatched: Bool) throws(EngineError) -> EngineSignature {
        // Safe: each index is below the shim's own count, and a description is copied while the session lives.
        let inputs = unsafe try (0..<adyton_onnx_input_count(handle)).map { index throws(EngineError) in
            unsafe try Self.described(adyton_onnx_input(handle, index))
        }
        let outputs = unsafe try (0..<adyton_onnx_output_count(handle)).map { index throws(EngineError) in
            unsafe try Self.described(adyton_onnx_output(handle, index))
        }
        return try EngineSignature(inputs: inputs, outputs: outputs, isBatched: isBatched)
    }

    /// Runs the model once on inputs in the signature's order.
    func run(_ tensors: [Tensor], signature: EngineSignature) throws -> TensorBatch {
        try Self.refuseZeroBytes(tensors)
        var result: OpaquePointer?
        // Safe: the tensors' storage and the list of them live for the call, which only reads them.
        let (status, message) = unsafe tensors.withUnsafeStorage { storage in
            let inputs = unsafe storage.map {
                unsafe adyton_onnx_tensor(
                    elements: $0.elements,
                    size: $0.byteCount,
                    element_type: $0.type.onnxElementType,
                    count: $0.count,
                    shape: $0.shape,
                    rank: $0.rank,
                    offsets: nil
                )
            }
            return unsafe FailureMessage.capture { unsafe adyton_onnx_run(handle, inputs, &result, $0, $1) }
        }
        guard status == adyton_onnx_ok, let result = unsafe result else {
            throw EngineError(status, subject: "ONNX Runtime", message: message)
        }
        defer { unsafe adyton_onnx_release_result(result) }
        let batchSize = tensors[0].shape.first
        return TensorBatch(
            try signature.outputs.enumerated().map { index, description in
                // Safe: the tensor's pointers are used before the result is released.
                let tensor = unsafe adyton_onnx_result_tensor(result, index)
                let shape = unsafe Array(UnsafeBufferPointer(start: tensor.shape, count: tensor.rank))
                let found = unsafe TensorDatatype(onnxElementType: tensor.element_type)
                let type = try signature.check(shape, found, ofOutput: index, batchSize: batchSize)
                let content =
                    type == .bytes
                    ? unsafe Self.strings(tensor)
                    : unsafe TensorElements(reading: tensor.elements, count: tensor.count, type: type)
                return Tensor(name: description.name, shape: shape, content: content)
            }
        )
    }

    /// The library ends a string at its first zero byte, so one that has such a byte would silently become another.
    private static func refuseZeroBytes(_ tensors: [Tensor]) throws(EngineError) {
        for tensor in tensors {
            guard case .strings(let strings) = tensor.content, strings.contains(where: { $0.contains(0) }) else {
                continue
            }
            throw EngineError(
                .dataTypeUnsupported,
                subject: tensor.name,
                expected: "strings without a zero byte",
                found: "one with such a byte"
            )
        }
    }

    private static func strings(_ tensor: adyton_onnx_tensor) -> TensorElements {
        // Safe: the shim gives one offset a string, in rising order and within the bytes, which are copied at once.
        let bytes = unsafe UnsafeRawBufferPointer(start: tensor.elements, count: tensor.size)
        let starts = unsafe Array(UnsafeBufferPointer(start: tensor.offsets, count: tensor.count))
        let ends = starts.dropFirst() + [bytes.count]
        return .strings(zip(starts, ends).map { unsafe Array(bytes[$0..<$1]) })
    }

    private static func described(
        _ description: adyton_onnx_description
    ) throws(EngineError) -> TensorDescription {
        // Safe: the session that owns the name and the sizes lives; a description has as many sizes as its rank.
        let name = unsafe String(cString: description.name)
        let shape = unsafe UnsafeBufferPointer(start: description.shape, count: description.rank)
        guard let dataType = unsafe TensorDatatype(onnxElementType: description.element_type) else {
            throw EngineError(
                .dataTypeUnsupported,
                subject: name,
                expected: "a tensor of a type that clients can send",
                found: unsafe "ONNX element type \(description.element_type)"
            )
        }
        let sizes = unsafe shape.map { $0 < 0 ? TensorDescription.anySize : $0 }
        return TensorDescription(name: name, dataType: dataType, shape: sizes)
    }
}
#endif
