import CLinux
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that appears under its name whole or not at all.
///
/// It is written under a temporary name beside the final one. `commit` brings the content to the disk and renames; until
/// then, and where the process dies, nothing changes under the final name. A value that goes away uncommitted takes its
/// temporary file with it.
package final class AtomicFile<Failure: FileFailure>: Sendable {
    /// The open temporary file.
    package let file: OpenFile<Failure>
    /// The folder of both names.
    package let folder: OpenFile<Failure>

    private let name: String
    private let temporaryName: String
    private let isReplacing: Bool
    private let isCommitted = Mutex(false)

    /// Makes the temporary file.
    ///
    /// - Parameters:
    ///   - path: The final name.
    ///   - replacing: Whether a file of that name is to be replaced; otherwise it is refused now and again at the end.
    ///   - permissions: What the umask leaves of these.
    /// - Throws: The failure for `file.exists`, `file.unwritable`, `file.missing` where the folder is missing.
    package init(_ path: String, replacing: Bool, permissions: UInt32 = 0o644) throws(Failure) {
        let parts = PathParts(path)
        guard !parts.name.isEmpty else {
            throw Failure(FileError(.unwritable, subject: path, expected: "a file's name"))
        }
        folder = try OpenFile(opening: parts.folder, flags: O_RDONLY | O_DIRECTORY)
        // Safe, here and below: no memory is passed but strings of our own.
        if !replacing, unsafe faccessat(folder.number, parts.name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
            throw Failure(FileError(.exists, subject: path, expected: "nothing of that name, or --force"))
        }
        let label = parts.name.utf8.count > 200 ? "image" : parts.name
        let temporary = ".\(label).partial-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let number = unsafe openat(
            folder.number,
            temporary,
            O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            permissions
        )
        guard number >= 0 else { throw Failure(.system(.unwritable, path)) }
        file = OpenFile(taking: number, name: path)
        name = parts.name
        temporaryName = temporary
        isReplacing = replacing
    }

    deinit {
        if !isCommitted.withLock({ $0 }) {
            unsafe unlinkat(folder.number, temporaryName, 0)
        }
    }

    /// Brings the content to the disk and gives it its name.
    ///
    /// - Throws: The failure for `file.unwritable`, `file.exists`, `file.disk-full`.
    package func commit() throws(Failure) {
        guard fsync(file.number) == 0 else { throw Failure(.system(.unwritable, file.name)) }
        guard unsafe linux_rename(folder.number, temporaryName, name, isReplacing ? 1 : 0) == 0 else {
            throw Failure(.system(.unwritable, file.name))
        }
        isCommitted.withLock { $0 = true }
        guard fsync(folder.number) == 0 else { throw Failure(.system(.unwritable, file.name)) }
    }
}
