import CLinux
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A folder that appears under its name whole or not at all: ``AtomicFile`` for a tree.
///
/// It is filled under a temporary name beside the final one, and `commit` renames it. Without `replacing`, only an empty
/// folder may have the name: that is the one rule of every command that writes. A value that is released uncommitted
/// removes its temporary folder.
package final class AtomicFolder<Failure: FileFailure>: Sendable {
    /// The open temporary folder.
    package let folder: OpenFile<Failure>
    /// The temporary folder's path.
    package let path: String

    private let outside: OpenFile<Failure>
    private let destination: String
    private let name: String
    private let temporaryName: String
    private let isReplacing: Bool
    private let isCommitted = Mutex(false)

    /// Creates the temporary folder.
    ///
    /// - Parameters:
    ///   - destination: The final name.
    ///   - replacing: Whether anything of that name is replaced; otherwise only an empty folder.
    ///   - permissions: The temporary folder's, as far as the umask allows.
    /// - Throws: The failure for `tree.destination-in-use`, `file.unwritable`, `file.missing` where the folder around it
    ///   is missing.
    package init(_ destination: String, replacing: Bool, permissions: UInt32 = 0o700) throws(Failure) {
        let parts = PathParts(destination)
        guard !["", ".", "..", "/"].contains(parts.name) else {
            throw Failure(FileError(.unwritable, subject: destination, expected: "a folder's name"))
        }
        outside = try OpenFile(opening: parts.folder, flags: O_RDONLY | O_DIRECTORY)
        if !replacing, try !Self.isFree(parts.name, in: outside) { throw Self.inUse(destination) }
        let label = parts.name.utf8.count > 200 ? "tree" : parts.name
        let temporary = ".\(label).partial-\(getpid())-\(UInt32.random(in: .min ... .max))"
        // Safe, here and below: no memory is passed but strings of our own.
        guard unsafe mkdirat(outside.number, temporary, permissions) == 0 else {
            throw Failure(.system(.unwritable, destination))
        }
        self.destination = destination
        name = parts.name
        temporaryName = temporary
        isReplacing = replacing
        path = "\(parts.folder)/\(temporary)"
        folder = try OpenFile(opening: path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    deinit {
        if !isCommitted.withLock({ $0 }) { removeTemporary() }
    }

    /// Gives the folder its final name; what had it before is removed.
    ///
    /// - Throws: The failure for `tree.destination-in-use` where something took the name meanwhile, `file.unwritable`.
    package func commit() throws(Failure) {
        if isReplacing, unsafe linux_exchange(outside.number, temporaryName, name) == 0 {
            isCommitted.withLock { $0 = true }
            removeTemporary()
            return
        }
        guard unsafe renameat(outside.number, temporaryName, outside.number, name) == 0 else {
            throw [ENOTEMPTY, EEXIST, ENOTDIR].contains(errno)
                ? Self.inUse(destination) : Failure(.system(.unwritable, destination))
        }
        isCommitted.withLock { $0 = true }
    }

    // MARK: private

    /// Whether nothing has a name, or an empty folder.
    private static func isFree(_ name: String, in folder: OpenFile<Failure>) throws(Failure) -> Bool {
        if unsafe faccessat(folder.number, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 { return errno == ENOENT }
        let number = unsafe openat(folder.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { return false }
        return try OpenFile<Failure>(taking: number, name: name).entryNames().isEmpty
    }

    private static func inUse(_ path: String) -> Failure {
        Failure(
            FileError(
                .destinationInUse,
                subject: path,
                expected: "a folder that is empty or does not exist, or --force",
                found: "something else"
            )
        )
    }

    /// Removes the tree under the temporary name, as far as the system allows.
    private func removeTemporary() {
        guard unsafe unlinkat(outside.number, temporaryName, 0) != 0 else { return }
        unsafe fchmodat(outside.number, temporaryName, 0o700, 0)
        let number = unsafe openat(
            outside.number,
            temporaryName,
            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        )
        guard number >= 0 else { return }
        FolderRemoval<Failure>.removeEntries(of: OpenFile(taking: number, name: path))
        unsafe unlinkat(outside.number, temporaryName, AT_REMOVEDIR)
    }
}

/// Removes a tree with one open folder at a time, however deep the tree is.
private struct FolderRemoval<Failure: FileFailure> {
    private var current: OpenFile<Failure>
    /// The names that are left in each folder from the tree's root to the current one.
    private var names: [[[CChar]]] = []
    /// The names of the folders on the way to the current one.
    private var way: [[CChar]] = []

    static func removeEntries(of folder: OpenFile<Failure>) {
        var removal = FolderRemoval(current: folder)
        removal.enter(folder)
        removal.run()
    }

    private init(current: OpenFile<Failure>) {
        self.current = current
    }

    private mutating func run() {
        while !names.isEmpty {
            if let name = names[names.count - 1].popLast() {
                remove(name)
            } else if !leave() {
                return
            }
        }
    }

    private mutating func remove(_ name: [CChar]) {
        // Safe, here and below: names are arrays of our own, ended by NUL, that outlive the calls.
        guard unsafe unlinkat(current.number, name, 0) != 0 else { return }
        guard unsafe unlinkat(current.number, name, AT_REMOVEDIR) != 0 else { return }
        // A folder that its own owner may not write in keeps its entries from being removed.
        unsafe fchmodat(current.number, name, 0o700, 0)
        let number = unsafe openat(current.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { return }
        way.append(name)
        enter(OpenFile(taking: number))
    }

    private mutating func enter(_ folder: OpenFile<Failure>) {
        current = folder
        let found = (try? folder.entryNames()) ?? []
        names.append(found.map { $0.map { CChar(bitPattern: $0) } + [0] })
    }

    /// Returns to the folder around the current one, and removes the current one.
    private mutating func leave() -> Bool {
        names.removeLast()
        guard let name = way.popLast() else { return false }
        let number = unsafe openat(current.number, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return false }
        current = OpenFile(taking: number)
        unsafe unlinkat(current.number, name, AT_REMOVEDIR)
        return true
    }
}
