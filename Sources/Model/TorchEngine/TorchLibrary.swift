#if Torch
import CTorchInterface
import Glibc
import Inference
import Installation
import Synchronization

/// The project's bridge to libtorch, opened once in a process and never closed.
///
/// Safe to share: the pointers are the library's constants.
@safe final class TorchLibrary: @unchecked Sendable {
    private static let opened = Mutex<[String: TorchLibrary]>([:])

    /// The library's functions, copied from its constant table.
    let functions: adyton_torch_table
    /// libtorch's version, such as "2.13.0".
    let version: String

    private init(path: String) throws(EngineError) {
        var table: UnsafePointer<adyton_torch_table>?
        // Safe: the path lives for the call, and the shim fills the pointer for a success.
        let (status, message) = unsafe FailureMessage.capture { unsafe adyton_torch_open(path, &table, $0, $1) }
        guard status == adyton_torch_ok, let table = unsafe table else {
            throw EngineError(status, subject: path, expected: "libAdytonTorch.so of this build", message: message)
        }
        unsafe functions = table.pointee
        // Safe: the version is a constant of the library.
        unsafe version = String(cString: table.pointee.library_version)
    }

    /// Opens libtorch where an installation or a build has it, so that the bridge finds it open under its name.
    ///
    /// Elsewhere, as in an app directory, the bridge finds it by its run path, or fails with the linker's message.
    private static func openLibtorch() {
        var path = try? PartLocator.ofThisProgram.find(.libtorch)
        if let folder = PartLocator.variable("ADYTON_LIBTORCH"), !folder.isEmpty { path = folder + "/libtorch_cpu.so" }
        guard let path else { return }
        // Safe: the path lives for the call, and the handle stays open as long as the process.
        _ = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL)
    }

    /// The library of a path, or of the usual places.
    static func shared(_ explicit: String?) throws(EngineError) -> TorchLibrary {
        try EngineLibrary.torch.open(explicit: explicit) { path throws(EngineError) in
            try opened.withLock { opened throws(EngineError) in
                if let library = opened[path] { return library }
                if opened.isEmpty { openLibtorch() }
                let library = try TorchLibrary(path: path)
                opened[path] = library
                return library
            }
        }
    }
}

extension EngineError {
    /// Maps the shim's status to a stable code.
    init(_ status: adyton_torch_status, subject: String, expected: String? = nil, message: String) {
        let code: Code =
            switch status {
            case adyton_torch_library_missing: .libraryMissing
            case adyton_torch_library_version: .libraryVersion
            case adyton_torch_out_of_resources: .outOfResources
            case adyton_torch_model_invalid: .modelInvalid
            case adyton_torch_arity: .shapeMismatch
            case adyton_torch_precision_unsupported: .precisionUnsupported
            case adyton_torch_data_type: .dataTypeUnsupported
            default: .runFailed
            }
        self.init(code, subject: subject, expected: expected, found: message)
    }
}
#endif
