import PackageManifest
import RootFileSystem

extension PackageError {
    /// Converts an error of a file or a file system, and keeps its text.
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

    /// Runs work that throws errors of the file system, and converts them.
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
