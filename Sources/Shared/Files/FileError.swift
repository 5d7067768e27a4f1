import Diagnostics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Why a file could not be opened, read or written.
package struct FileError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case missing = "file.missing"
        case exists = "file.exists"
        case destinationInUse = "tree.destination-in-use"
        case unreadable = "file.unreadable"
        case unwritable = "file.unwritable"
        case diskFull = "file.disk-full"
        case changed = "file.changed"
        case systemRefused = "file.system-refused"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The path or the name of the file that it happened to.
    package let subject: String
    /// What should have been there.
    package let expected: String?
    /// What was there, or the system's own words.
    package let found: String?
    /// The system's error number; nil where no call failed.
    package let errorNumber: Int32?

    package init(
        _ code: Code,
        subject: String,
        expected: String? = nil,
        found: String? = nil,
        errorNumber: Int32? = nil
    ) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
        self.errorNumber = errorNumber
    }

    /// The error for the current `errno`.
    ///
    /// - Parameters:
    ///   - code: The general code, for error numbers without a code of their own.
    ///   - subject: What it happened to; evaluated after `errno` was read.
    /// - Returns: The error, with the system's own words.
    package static func system(_ code: Code, _ subject: @autoclosure () -> String) -> FileError {
        let number = errno
        // Safe: the library gives a text that lives until this thread's next call, and it is copied here.
        let reason = unsafe String(cString: strerror(number))
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case ENOENT where code == .unreadable: .missing
            case EEXIST: .exists
            default: code
            }
        return FileError(code, subject: subject(), found: reason, errorNumber: number)
    }
}

/// A module's own error, which says what a failure of a file means in that module.
///
/// `OpenFile` and `AtomicFile` are generic in it, so that a parser throws its one error type and each module maps the
/// failures of files in one place.
package protocol FileFailure: Error {
    /// Converts a file's error to the module's own type.
    init(_ error: FileError)
}

extension FileError: FileFailure {
    package init(_ error: FileError) { self = error }
}
