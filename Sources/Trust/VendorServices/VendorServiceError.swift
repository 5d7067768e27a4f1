import Diagnostics

/// Why no document could be fetched from a vendor's service.
package struct VendorServiceError: Error, Equatable, CustomStringConvertible {
    /// The stable name of a failure: exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case addressInvalid = "vendor-service.address-invalid"
        case connectionFailed = "vendor-service.connection-failed"
        case timedOut = "vendor-service.timed-out"
        case answerInvalid = "vendor-service.answer-invalid"
        case busy = "vendor-service.busy"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The document's URL.
    package let subject: String
    /// What was expected of the service.
    package let expected: String?
    /// What the service did.
    package let found: String?

    init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// The failure as a sentence for a person.
    package var description: String { "\(detail) (\(stableCode))" }
}

extension VendorServiceError: CodedError {}
