import Diagnostics
import Glibc

/// Why an application could not be run in a sandbox.
package struct SandboxError: CodedError, Equatable {
    /// The stable name of a failure.
    package enum Code: String, Sendable {
        case entry = "sandbox.entry"
        case mount = "sandbox.mount"
        case mountUnsupported = "sandbox.mount-unsupported"
        case device = "sandbox.device"
        case rules = "sandbox.rules"
        case applicationMissing = "sandbox.application-missing"
        case applicationStart = "sandbox.application-start"
        case port = "sandbox.port"
        case jobInvalid = "sandbox.job-invalid"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The folder, the program or the port that it happened to.
    package let subject: String
    /// What should have been there.
    package let expected: String?
    /// What was there, or what the system said.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// A refusal of the system's, in its own words.
    ///
    /// - Parameters:
    ///   - code: What kind of failure this is.
    ///   - subject: What it happened to.
    ///   - number: The error number; the last call's without one.
    /// - Returns: The error.
    static func system(_ code: Code, _ subject: String, _ number: Int32 = errno) -> SandboxError {
        // Safe: strerror's text is copied before anything else calls it.
        SandboxError(code, subject: subject, found: unsafe String(cString: strerror(number)))
    }
}
