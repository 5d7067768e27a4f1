import CLinux
import Glibc
import Synchronization

/// A file that appears under its name whole or not at all.
///
/// It is written under a temporary name beside the final one. `commit` brings the content to the disk and renames; until
/// then, and where the process dies, nothing changes under the final name. A value that goes away uncommitted takes its
/// temporary file with it.
package final class AtomicFile: Sendable {
    /// The open temporary file.
    package let file: Descriptor
    /// The folder of both names.
    let folder: Descriptor

    private let name: String
    private let temporaryName: String
    private let isReplacing: Bool
    private let isCommitted = Mutex(false)

    /// - Parameters:
    ///   - path: The final name.
    ///   - replacing: Whether a file of that name is to be replaced; otherwise it is refused now and again at the end.
    ///   - permissions: What the umask leaves of these.
    /// - Throws: `file.exists`, `file.unwritable`, `file.missing` where the folder is missing.
    package init(_ path: String, replacing: Bool, permissions: UInt32 = 0o644) throws(RootFileSystemError) {
        let (folderPath, name) = Self.split(path)
        guard !name.isEmpty else {
            throw RootFileSystemError(.fileUnwritable, subject: path, expected: "a file's name")
        }
        folder = try Descriptor(opening: folderPath, flags: O_RDONLY | O_DIRECTORY)
        // Safe, here and below: no memory is passed but strings of our own.
        if !replacing, unsafe faccessat(folder.number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
            throw RootFileSystemError(.fileExists, subject: path, expected: "no such file, or --force")
        }
        let temporary =
            ".\(name.utf8.count > 200 ? "image" : name).partial-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let number = unsafe openat(
            folder.number,
            temporary,
            O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            permissions
        )
        guard number >= 0 else { throw Descriptor.failure(.fileUnwritable, path) }
        file = Descriptor(number, name: path)
        self.name = name
        temporaryName = temporary
        isReplacing = replacing
    }

    deinit {
        if !isCommitted.withLock({ $0 }) {
            unsafe unlinkat(folder.number, temporaryName, 0)
        }
    }

    /// Brings the content to the disk and gives it its name.
    package func commit() throws(RootFileSystemError) {
        guard fsync(file.number) == 0 else { throw Descriptor.failure(.fileUnwritable, file.name) }
        guard unsafe linux_rename(folder.number, temporaryName, name, isReplacing ? 1 : 0) == 0 else {
            throw Descriptor.failure(.fileUnwritable, file.name)
        }
        isCommitted.withLock { $0 = true }
        guard fsync(folder.number) == 0 else { throw Descriptor.failure(.fileUnwritable, file.name) }
    }

    /// The folder and the last name of a path.
    static func split(_ path: String) -> (folder: String, name: String) {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}
