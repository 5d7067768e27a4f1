import CLinux
package import Files
import Glibc

/// An open file whose failures are a root file system's.
package typealias Descriptor = OpenFile<RootFileSystemError>

extension OpenFile where Failure == RootFileSystemError {
    /// Opens an entry below this folder; no symbolic link is followed on the way, and nothing leaves the folder.
    ///
    /// - Parameters:
    ///   - path: The entry.
    ///   - flags: As open(2) takes them.
    ///   - mode: The permissions of a file that is made.
    ///   - code: What a refusal of the system is called, but for the cases that have a name of their own.
    /// - Returns: The open entry.
    /// - Throws: `file.*`, or that code.
    package func open(
        _ path: EntryPath,
        flags: Int32,
        mode: UInt32 = 0,
        code: RootFileSystemError.Code = .fileUnreadable
    ) throws(RootFileSystemError) -> Descriptor {
        // Safe: the path is an array of our own that outlives the call.
        let number = unsafe linux_open_beneath(self.number, path.cString, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw Self.failure(code, "\(path)") }
        return Descriptor(taking: number, name: path)
    }

    /// The error for the current `errno`.
    ///
    /// - Parameters:
    ///   - code: What it is called, but for the cases that have a name of their own.
    ///   - subject: What it happened to.
    /// - Returns: The error, with the system's own words.
    package static func failure(
        _ code: RootFileSystemError.Code,
        _ subject: @autoclosure () -> String
    ) -> RootFileSystemError {
        let error = FileError.system(code == .fileUnreadable ? .unreadable : .unwritable, subject())
        let own = RootFileSystemError(error)
        let isPlain = own.code == .fileUnreadable || own.code == .fileUnwritable
        return isPlain ? RootFileSystemError(code, subject: own.subject, found: own.found) : own
    }
}

extension RootFileSystemError: FileFailure {
    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case _ where error.errorNumber == ENAMETOOLONG: .treePathTooLong
            case .missing: .fileMissing
            case .exists: .fileExists
            case .destinationInUse: .treeDestinationInUse
            case .unreadable: .fileUnreadable
            case .unwritable, .systemRefused: .fileUnwritable
            case .diskFull: .diskFull
            case .changed: .treeChanged
            }
        self.init(code, subject: error.subject, expected: error.expected, found: error.found)
    }
}
