#if Onnx
import COnnxRuntime
import Inference
import Synchronization

/// ONNX Runtime's shared library, opened once in a process and never closed.
///
/// Safe to share: the pointer is to a structure that does not change after it was opened, and the library's own
/// environment may be used from any thread.
@safe final class OnnxLibrary: @unchecked Sendable {
    private static let opened = Mutex<[String: OnnxLibrary]>([:])

    /// The shim's handle, which lives as long as the process.
    let handle: OpaquePointer
    /// The library's version, such as "1.32.0".
    let version: String

    private init(path: String) throws(EngineError) {
        var handle: OpaquePointer?
        // Safe: the path lives for the call, and the shim fills the handle for a success.
        let (status, message) = unsafe FailureMessage.capture { unsafe adyton_onnx_open(path, &handle, $0, $1) }
        guard status == adyton_onnx_ok, let handle = unsafe handle else {
            throw EngineError(status, subject: path, expected: "ONNX Runtime 1.5 or a later 1.x", message: message)
        }
        unsafe self.handle = handle
        // Safe: the version is a constant of the library.
        unsafe version = String(cString: adyton_onnx_version(handle))
    }

    /// The library at a path, or on the usual search path.
    static func shared(_ explicit: String?) throws(EngineError) -> OnnxLibrary {
        try EngineLibrary.onnxRuntime.open(explicit: explicit) { path throws(EngineError) in
            try opened.withLock { opened throws(EngineError) in
                if let library = opened[path] { return library }
                let library = try OnnxLibrary(path: path)
                opened[path] = library
                return library
            }
        }
    }
}

extension EngineError {
    /// Maps the shim's status to a stable code.
    init(_ status: adyton_onnx_status, subject: String, expected: String? = nil, message: String) {
        let code: Code =
            switch status {
            case adyton_onnx_library_missing: .libraryMissing
            case adyton_onnx_library_version: .libraryVersion
            case adyton_onnx_out_of_resources: .outOfResources
            case adyton_onnx_model_unreadable: .modelUnreadable
            case adyton_onnx_model_invalid: .modelInvalid
            case adyton_onnx_data_type: .dataTypeUnsupported
            default: .runFailed
            }
        self.init(code, subject: subject, expected: expected, found: message)
    }
}
#endif
