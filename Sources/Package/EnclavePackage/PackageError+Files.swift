package import Files
package import PackageManifest

extension PackageError: FileFailure {
    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case .missing: .inputMissing
            case .exists, .destinationInUse: .outputExists
            case .unreadable, .changed: .unreadable
            case .unwritable, .diskFull, .systemRefused: .unwritable
            }
        self.init(code, subject: error.subject, expected: error.expected, found: error.found, cause: error)
    }
}
