import Diagnostics
package import Files
import Glibc

/// Why an app directory could not be made.
package struct BundleError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case fileMissing = "file.missing"
        case fileExists = "file.exists"
        case fileUnreadable = "file.unreadable"
        case fileUnwritable = "file.unwritable"
        case diskFull = "file.disk-full"
        case destinationInUse = "tree.destination-in-use"
        case pathTooLong = "tree.path-too-long"
        case pathUnsafe = "tree.path-unsafe"
        case elfInvalid = "bundle.elf-invalid"
        case libraryMissing = "bundle.library-missing"
        case libraryUnreachable = "bundle.library-unreachable"
        case stripFailed = "bundle.strip-failed"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The path or the library that it happened to.
    package let subject: String
    /// What should have been there.
    package let expected: String?
    /// What was there.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// The error for the current `errno`.
    static func system(_ code: FileError.Code, _ subject: @autoclosure () -> String) -> BundleError {
        BundleError(.system(code, subject()))
    }
}

extension BundleError: FileFailure {
    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case _ where error.errorNumber == ENAMETOOLONG: .pathTooLong
            case .missing: .fileMissing
            case .exists: .fileExists
            case .destinationInUse: .destinationInUse
            case .unreadable, .changed: .fileUnreadable
            case .unwritable, .systemRefused: .fileUnwritable
            case .diskFull: .diskFull
            }
        self.init(code, subject: error.subject, expected: error.expected, found: error.found)
    }
}
