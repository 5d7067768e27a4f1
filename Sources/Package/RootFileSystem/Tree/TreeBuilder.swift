import CLinux
import Files
import Foundation
import Glibc
import Synchronization

/// A directory tree in the making, out of an image that nobody vouches for.
///
/// Everything is made below a temporary folder beside the destination: parents are opened with openat2(2) so that
/// neither a symbolic link nor ".." leads out of it, and nothing that is there already is opened or replaced. `commit`
/// renames the folder; a value that goes away uncommitted takes the folder with it. Any thread may use it; a folder has
/// to be made before what it holds.
final class TreeBuilder: Sendable {
    private struct State {
        var folders: [(path: EntryPath, metadata: EntryMetadata, attributes: [ExtendedAttribute])] = []
        var lastParent: (path: EntryPath, folder: Descriptor)?
        var isCommitted = false
    }

    private let destination: String
    private let outside: Descriptor
    private let temporaryPath: String
    private let root: Descriptor
    private let rights: ExtractionRights
    private let isRoot: Bool
    private let isReplacing: Bool

    private let state = Mutex(State())

    /// - Parameters:
    ///   - destination: The folder to make; it may be there only if it is empty.
    ///   - rights: What may be made.
    ///   - replacing: Whether anything may be there, which is removed when the new tree is whole.
    /// - Throws: `tree.destination-in-use`, `file.missing`, `file.unwritable`.
    init(
        destination: String,
        rights: ExtractionRights = .all,
        replacing: Bool = false
    ) throws(RootFileSystemError) {
        self.rights = rights
        isReplacing = replacing
        isRoot = rights == .all && geteuid() == 0
        let parts = PathParts(destination)
        let (parent, name) = (parts.folder, parts.name)
        outside = try Descriptor(opening: parent, flags: O_RDONLY | O_DIRECTORY)
        let isPlainName = EntryPath.isName(Array(name.utf8))
        // Safe, here and below: no memory is passed but strings and arrays of our own.
        if !replacing, unsafe access(destination, F_OK) == 0 {
            let isEmpty = (try? FileManager.default.contentsOfDirectory(atPath: destination))?.isEmpty ?? false
            guard isEmpty, isPlainName else { throw Self.inUse(destination) }
        }
        guard isPlainName else {
            throw RootFileSystemError(.fileUnwritable, subject: destination, expected: "a folder's name")
        }
        let short = name.utf8.count > 200 ? "tree" : name
        let temporary = ".\(short).partial-\(getpid())-\(UInt32.random(in: .min ... .max))"
        guard unsafe mkdirat(outside.number, temporary, 0o700) == 0 else {
            throw Descriptor.failure(.fileUnwritable, destination)
        }
        self.destination = name
        temporaryPath = "\(parent)/\(temporary)"
        root = try Descriptor(opening: temporaryPath, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    deinit {
        if !state.withLock({ $0.isCommitted }) { removeTemporary() }
    }

    /// Makes a folder, but for the root, which is there already; permissions and time come at the end.
    func makeFolder(
        _ path: EntryPath,
        _ metadata: EntryMetadata,
        attributes: [ExtendedAttribute] = []
    ) throws(RootFileSystemError) {
        if path != .root {
            let folder = try parent(of: path)
            // Safe: the name is an array of our own that outlives the call.
            guard unsafe mkdirat(folder.number, Self.name(path), 0o700) == 0 else { throw Self.failure(path) }
        }
        state.withLock { $0.folders.append((path, metadata, attributes)) }
    }

    /// A place for a regular file, which another thread may make.
    func file(
        _ path: EntryPath,
        _ metadata: EntryMetadata,
        attributes: [ExtendedAttribute] = []
    ) throws(RootFileSystemError) -> NewFile {
        NewFile(
            path: path,
            folder: try parent(of: path),
            metadata: metadata,
            attributes: attributes.filter { isRoot || $0.name.hasPrefix("user.") },
            isRoot: isRoot
        )
    }

    /// Opens a file that this builder made, to write it once more.
    func reopenFile(_ path: EntryPath) throws(RootFileSystemError) -> Descriptor {
        try root.open(path, flags: O_WRONLY | O_NOFOLLOW, code: .treePathUnsafe)
    }

    func makeSymbolicLink(
        _ path: EntryPath,
        target: [UInt8],
        _ metadata: EntryMetadata,
        attributes: [ExtendedAttribute] = []
    ) throws(RootFileSystemError) {
        guard !target.isEmpty, !target.contains(0), target.count <= EntryPath.maximumByteCount else {
            throw RootFileSystemError(
                .treePathUnsafe,
                subject: "\(path)",
                expected: "a target of 1 to \(EntryPath.maximumByteCount) bytes without NUL",
                found: EntryPath.readable(target.prefix(64))
            )
        }
        let folder = try parent(of: path)
        // Safe: both names are arrays of our own that outlive the call.
        guard unsafe symlinkat(EntryPath(unchecked: target).cString, folder.number, Self.name(path)) == 0 else {
            throw Self.failure(path)
        }
        try finish(path, metadata, attributes: attributes)
    }

    /// Makes a device, a fifo or a socket.
    func makeNode(
        _ path: EntryPath,
        _ metadata: EntryMetadata,
        attributes: [ExtendedAttribute] = []
    ) throws(RootFileSystemError) {
        guard rights == .all || metadata.kind == .fifo || metadata.kind == .socket else { return }
        let folder = try parent(of: path)
        let device = linux_make_device(metadata.device.major, metadata.device.minor)
        // Safe: the name is an array of our own that outlives the call.
        guard unsafe mknodat(folder.number, Self.name(path), mode_t(metadata.kind.rawValue | 0o600), dev_t(device)) == 0
        else { throw Self.failure(path) }
        try finish(path, metadata, attributes: attributes)
    }

    /// Gives a file that this builder made a second name.
    func makeLink(_ path: EntryPath, to original: EntryPath) throws(RootFileSystemError) {
        let source = try parent(of: original)
        let folder = try parent(of: path)
        // Safe: both names are arrays of our own that outlive the call.
        guard unsafe linkat(source.number, Self.name(original), folder.number, Self.name(path), 0) == 0 else {
            throw Self.failure(path)
        }
    }

    /// Gives an entry its owner (for root only), permissions and time; the content has to be there.
    func finish(
        _ path: EntryPath,
        _ metadata: EntryMetadata,
        attributes: [ExtendedAttribute] = []
    ) throws(RootFileSystemError) {
        let folder = try path == .root ? root : parent(of: path)
        let name = path == .root ? EntryPath.root.cString : Self.name(path)
        let noFollow = AT_SYMLINK_NOFOLLOW
        // Safe: names and times are ours and outlive the calls; nothing follows a link at the last name.
        // The owner comes first, for a change of owner clears set-user-id.
        if isRoot {
            guard unsafe fchownat(folder.number, name, metadata.owner, metadata.group, noFollow) == 0 else {
                throw Self.failure(path)
            }
        }
        for attribute in attributes where isRoot || attribute.name.hasPrefix("user.") { try set(attribute, of: path) }
        if metadata.kind != .symbolicLink {
            guard unsafe fchmodat(folder.number, name, mode_t(metadata.permissions), 0) == 0 else {
                throw Self.failure(path)
            }
        }
        let time = timespec(tv_sec: Int(metadata.modified), tv_nsec: 0)
        guard unsafe utimensat(folder.number, name, [time, time], noFollow) == 0 else { throw Self.failure(path) }
    }

    /// Finishes the folders, innermost first, and gives the tree its name.
    ///
    /// The system brings the files to the disk when it likes, as with every peer: after a loss of power the extraction has
    /// to be repeated, or `sync -f` has to come before.
    ///
    /// - Throws: `tree.destination-in-use` where something took the name meanwhile, and what the system refuses.
    func commit() throws(RootFileSystemError) {
        let folders = state.withLock { state in
            state.lastParent = nil
            return state.folders
        }
        for folder in folders.reversed() where folder.path != .root {
            try finish(folder.path, folder.metadata, attributes: folder.attributes)
        }
        if let own = folders.first(where: { $0.path == .root }) {
            try finish(.root, own.metadata, attributes: own.attributes)
        }
        let temporaryName = PathParts(temporaryPath).name
        // Safe: both names are strings of our own; the old tree takes the temporary name, and goes with it.
        if isReplacing, unsafe linux_exchange(outside.number, temporaryName, destination) == 0 {
            state.withLock { $0.isCommitted = true }
            removeTemporary()
            return
        }
        guard unsafe renameat(outside.number, temporaryName, outside.number, destination) == 0 else {
            throw [ENOTEMPTY, EEXIST, ENOTDIR].contains(errno)
                ? Self.inUse(destination) : Descriptor.failure(.fileUnwritable, destination)
        }
        state.withLock { $0.isCommitted = true }
    }

    // MARK: private

    private func removeTemporary() {
        let files = FileManager.default
        guard (try? files.removeItem(atPath: temporaryPath)) == nil else { return }
        // A folder that its own owner may not write in keeps what it holds from being removed.
        let everything = files.enumerator(atPath: temporaryPath)
        while let path = everything?.nextObject() as? String {
            guard everything?.fileAttributes?[.type] as? FileAttributeType == .typeDirectory else { continue }
            try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(temporaryPath)/\(path)")
        }
        try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: temporaryPath)
        try? files.removeItem(atPath: temporaryPath)
    }

    private func parent(of path: EntryPath) throws(RootFileSystemError) -> Descriptor {
        let parent = path.parent
        if let known = state.withLock({ $0.lastParent }), known.path == parent { return known.folder }
        let number = unsafe linux_open_beneath(
            root.number,
            parent.cString,
            linux_path_only | O_DIRECTORY | O_CLOEXEC,
            0
        )
        guard number >= 0 else {
            let code: RootFileSystemError.Code = errno == ENOENT ? .treeParentMissing : .treePathUnsafe
            let reason = errno == ENOENT ? "nothing" : "what is not a folder"
            throw RootFileSystemError(code, subject: "\(path)", expected: "a folder \(parent)", found: reason)
        }
        let folder = Descriptor(taking: number, name: parent)
        state.withLock { $0.lastParent = (parent, folder) }
        return folder
    }

    private func set(_ attribute: ExtendedAttribute, of path: EntryPath) throws(RootFileSystemError) {
        let entry = try root.open(path, flags: linux_path_only | O_NOFOLLOW, code: .treePathUnsafe)
        // An open path takes no attributes by itself, but under its name among this process's open files it does.
        let place = "/proc/self/fd/\(entry.number)"
        let value = attribute.value
        // Safe: names and value are ours and outlive the call, and the value's size is passed.
        let status = unsafe linux_set_attribute(place, attribute.name, value, value.count)
        // The name means the file only while it is open.
        try withExtendedLifetime(entry) { () throws(RootFileSystemError) in
            guard status == 0 else { throw Descriptor.failure(.fileUnwritable, "\(attribute.name) of \(path)") }
        }
    }

    static func name(_ path: EntryPath) -> [CChar] {
        EntryPath(unchecked: path.name).cString
    }

    /// What a call's failure means for an entry that was to be made.
    static func failure(_ path: EntryPath) -> RootFileSystemError {
        if errno == EEXIST {
            return RootFileSystemError(
                .treeEntryTwice,
                subject: "\(path)",
                expected: "one entry of that path",
                found: "two"
            )
        }
        return Descriptor.failure(.fileUnwritable, "\(path)")
    }

    private static func inUse(_ path: String) -> RootFileSystemError {
        RootFileSystemError(
            .treeDestinationInUse,
            subject: path,
            expected: "a folder that is empty or not there",
            found: "something else"
        )
    }
}

extension EntryMetadata {
    /// A root that the image does not describe: the maker's own folder.
    static let plainFolder = EntryMetadata(kind: .directory, permissions: 0o755, owner: geteuid(), group: getegid())
}
