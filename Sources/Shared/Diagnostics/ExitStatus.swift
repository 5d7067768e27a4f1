/// The status that a command ends with, after BSD's `sysexits.h` where that has a name for it.
///
/// Thrown by itself it ends a command without a message. `Docs/exit-codes.md` lists every status with its codes.
package enum ExitStatus: Int32, Error, CaseIterable {
    /// The command worked, and its answer is no: an image without an answer, a difference, a refusal.
    case negativeAnswer = 1
    /// The command line is wrong.
    case usage = 64
    /// A file's content is wrong, or a package is not to be trusted.
    case dataError = 65
    /// A file is missing.
    case noInput = 66
    /// A server, a program or hardware that the command needs is not there.
    case unavailable = 69
    /// The operating system refused.
    case systemError = 71
    /// The result cannot be written.
    case outputError = 74
    /// The sandbox could not be made, and the application never ran.
    case sandboxFailure = 125

    /// The status for an error: by its stable code, then by the code's family, else 71.
    ///
    /// - Parameter error: What a library threw.
    package init(_ error: any Error) {
        switch error {
        case let status as ExitStatus: self = status
        case let error as any CodedError: self.init(code: error.stableCode)
        default: self = .systemError
        }
    }

    /// The status for a stable code; 65 for a code of a family that the table does not name.
    ///
    /// - Parameter code: Such as `file.missing`; its family is `file.*`.
    package init(code: String) {
        let family = code.prefix { $0 != "." } + ".*"
        self = Self.table[code] ?? Self.table[String(family)] ?? .dataError
    }

    /// Every code, and every family of codes, that does not end a command with 65.
    package static let table: [String: ExitStatus] = {
        var table: [String: ExitStatus] = [:]
        for (status, codes) in rows {
            for code in codes { table[code] = status }
        }
        return table
    }()

    private static let rows: [(ExitStatus, [String])] = [
        (.negativeAnswer, ["client.peer-refused"]),
        (
            .usage,
            [
                "client.address-invalid", "container.arguments-invalid", "launch.*", "machine.argument-too-long",
                "machine.description-invalid", "machine.name-invalid", "measure.command-line-invalid",
                "measure.digest-invalid", "measure.machine-invalid", "measure.vcpu-type-missing",
                "measure.vcpu-type-unknown",
            ]
        ),
        (
            .noInput,
            [
                "conformance.index-unreadable", "evidence.bundle-unreadable", "file.missing", "machine.part-unreadable",
                "measure.file-missing", "pack.file-missing", "pack.unreadable", "package.input-missing",
                "policy-file.unreadable", "repository.unreadable", "source.clone-invalid",
            ]
        ),
        (
            .unavailable,
            [
                "client.*", "container.builder-missing", "crosscheck.*", "engine.*", "evidence.timed-out",
                "evidence.unavailable", "gramine.program-failed", "gramine.program-missing",
                "machine.accelerator-unusable", "machine.firmware-missing",
                "machine.hardware-missing", "machine.name-unknown", "machine.program-missing", "runtime.*",
                "selftest.*", "source.*", "transport.*", "vendor-service.*",
            ]
        ),
        (
            .systemError,
            [
                "container.builder-failed", "developer.*", "file.disk-full", "file.exists", "file.interrupted",
                "file.unreadable", "file.unwritable", "gramine.output-exists", "gramine.unwritable", "machine.*",
                "measure.file-changed", "measure.file-unreadable",
                "package-signature.command-failed", "package.output-exists", "package.unreadable",
                "package.unwritable", "sandbox.port", "tree.destination-in-use",
            ]
        ),
        (.sandboxFailure, ["sandbox.*"]),
    ]
}
