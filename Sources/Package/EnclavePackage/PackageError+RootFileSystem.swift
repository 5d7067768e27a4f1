import PackageManifest
import RootFileSystem

extension PackageError {
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
