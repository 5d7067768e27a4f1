import ApplicationBundle
import PackageManifest

extension PackageError {
    /// Converts an error of the gateway's app directory.
    init(_ error: BundleError) {
        let own: Code =
            switch error.code {
            case .fileMissing: .inputMissing
            case .fileExists: .outputExists
            case .fileUnwritable, .diskFull: .unwritable
            default: .inputInvalid
            }
        self.init(own, subject: error.subject, expected: error.expected, found: error.found, cause: error)
    }
}
