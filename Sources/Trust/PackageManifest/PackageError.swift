import Diagnostics

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
        case kernelUnsealed = "package.kernel-unsealed"
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
}
