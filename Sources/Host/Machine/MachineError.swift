import Diagnostics
import Glibc

/// Why a machine could not be started, found or reached.
package struct MachineError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case programMissing = "machine.program-missing"
        case firmwareMissing = "machine.firmware-missing"
        case hardwareMissing = "machine.hardware-missing"
        case acceleratorUnusable = "machine.accelerator-unusable"
        case nameTaken = "machine.name-taken"
        case nameUnknown = "machine.name-unknown"
        case nameInvalid = "machine.name-invalid"
        case portTaken = "machine.port-taken"
        case folderUnsafe = "machine.folder-unsafe"
        case systemRefused = "machine.system-refused"
        case partUnreadable = "machine.part-unreadable"
        case descriptionInvalid = "machine.description-invalid"
        case argumentTooLong = "machine.argument-too-long"
        case supervisorLost = "machine.supervisor-lost"
        case stopFailed = "machine.stop-failed"
        case tpmRefused = "machine.tpm-refused"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The program, the name or the path that failed.
    package let subject: String
    /// The expected value.
    package let expected: String?
    /// The value found instead.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// Creates the error for `errno`.
    static func system(_ subject: String, code: Code = .systemRefused) -> MachineError {
        let number = errno
        // Safe: glibc gives a text that lives until this thread's next call, and it is copied here.
        return MachineError(code, subject: subject, found: unsafe String(cString: strerror(number)))
    }
}
