import Diagnostics
import Glibc

/// Why an application could not run in a sandbox.
package struct SandboxError: CodedError, Equatable {
    /// The stable error codes.
    package enum Code: String, Sendable {
        case entry = "sandbox.entry"
        case mount = "sandbox.mount"
        case device = "sandbox.device"
        case rules = "sandbox.rules"
        case applicationMissing = "sandbox.application-missing"
        case applicationStart = "sandbox.application-start"
        case port = "sandbox.port"
        case tracer = "sandbox.tracer"
        case jobInvalid = "sandbox.job-invalid"
    }

    /// The error code.
    package let code: Code
    /// The directory, program or port that failed.
    package let subject: String
    /// The expected value, if there is one.
    package let expected: String?
    /// The value found instead, or the system's error text.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// Creates an error from a system call's `errno`.
    ///
    /// - Parameters:
    ///   - code: The error code.
    ///   - subject: What failed.
    ///   - number: The error number; `errno` by default.
    /// - Returns: The error.
    static func system(_ code: Code, _ subject: String, _ number: Int32 = errno) -> SandboxError {
        // Safe: strerror's text is copied before anything else calls it.
        SandboxError(code, subject: subject, found: unsafe String(cString: strerror(number)))
    }
}
