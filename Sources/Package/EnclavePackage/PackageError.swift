import Diagnostics
import RootFileSystem

/// Why a package could not be made or is not to be trusted.
package struct PackageError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case inputMissing = "package.input-missing"
        case inputInvalid = "package.input-invalid"
        case outputExists = "package.output-exists"
        case unreadable = "package.unreadable"
        case unwritable = "package.unwritable"
        case truncated = "package.truncated"
        case headerChanged = "package.header-changed"
        case partChanged = "package.part-changed"
        case trailingBytes = "package.trailing-bytes"
        case partTooLarge = "package.part-too-large"
        case rootUntrusted = "package.root-untrusted"
        case rootIncomplete = "package.root-incomplete"
        case manifestInvalid = "manifest.invalid"
        case manifestMismatch = "manifest.mismatch"
        case signatureInvalid = "package-signature.invalid"
        case signatureMismatch = "package-signature.mismatch"
        case signerUntrusted = "package-signature.signer-untrusted"
        case signerCommandFailed = "package-signature.command-failed"
        case keyInvalid = "key.invalid"
        case configurationSyntax = "config.syntax"
        case configurationKeyUnknown = "config.key-unknown"
        case configurationValueInvalid = "config.value-invalid"
        case configurationUnsupported = "config.unsupported"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The part, the field or the file that it happened to.
    package let subject: String
    /// What should have been there, or what to do.
    package let expected: String?
    /// What was there.
    package let found: String?
    /// The failure below this one.
    package let cause: (any Error)?

    package init(
        _ code: Code,
        subject: String,
        expected: String? = nil,
        found: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
        self.cause = cause
    }

    package static func == (left: PackageError, right: PackageError) -> Bool {
        left.code == right.code && left.subject == right.subject && left.expected == right.expected
            && left.found == right.found
    }

    /// The failure of a file as one of the package's, with the text of the first kept.
    init(_ error: RootFileSystemError, _ code: Code = .unreadable) {
        let own: Code =
            switch error.code {
            case .fileMissing: .inputMissing
            case .fileExists: .outputExists
            case .fileUnwritable, .diskFull: .unwritable
            case .rootUntrusted: .rootUntrusted
            case .rootHashInvalid: .inputInvalid
            case .signatureKeyInvalid: .keyInvalid
            default: code
            }
        self.init(own, subject: error.subject, expected: error.expected, found: error.found, cause: error)
    }

    /// Does what throws an error of the file system's, and gives it a name of the package's.
    static func translating<Result>(
        _ code: Code = .unreadable,
        _ work: () throws(RootFileSystemError) -> Result
    ) throws(PackageError) -> Result {
        do throws(RootFileSystemError) {
            return try work()
        } catch {
            throw PackageError(error, code)
        }
    }
}
