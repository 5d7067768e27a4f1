import CLinux
import Files
import Glibc
import Synchronization

/// Creates a directory tree from an untrusted image.
///
/// Everything is created below the temporary folder of an `AtomicFolder`. Parents are opened with openat2(2), so that
/// neither a symbolic link nor ".." leads out of it, and no existing file is opened or replaced. `commit` renames the
/// folder; it is removed if the builder is released before. Any thread may use it. A folder must be created before its
/// entries, or ``makeMissingFolders(of:)`` called for them. ``CpioExtractor``, `Ext2Extractor` and `TreePlan` use it.
final class TreeBuilder: Sendable {
    private struct State {
        var folders: [(path: EntryPath, metadata: EntryMetadata, attributes: [ExtendedAttribute])] = []
        var lastParent: (path: EntryPath, folder: Descriptor)?
        /// Devices that were not created for want of rights, so that their other names are not created either.
        var skipped: Set<EntryPath> = []
    }

    private let output: AtomicFolder<RootFileSystemError>
    private let rights: ExtractionRights
    private let isRoot: Bool

    private let state = Mutex(State())

    /// The open root of the tree, under its temporary name.
    private var root: Descriptor { output.folder }

    /// - Parameters:
    ///   - destination: The folder to create; an existing one must be empty.
    ///   - rights: What may be created.
    ///   - replacing: Whether an existing folder or file is replaced by the finished tree.
    /// - Throws: `tree.destination-in-use`, `file.missing`, `file.unwritable`.
    init(
        destination: String,
        rights: ExtractionRights = .all,
        replacing: Bool = false
    ) throws(RootFileSystemError) {
        self.rights = rights
        isRoot = rights == .all && geteuid() == 0
        output = try AtomicFolder(destination, replacing: replacing)
    }

    /// Creates a folder; the root exists already.
    ///
    /// Permissions and time are set by ``commit()``.
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

    /// Creates those folders on the way to an entry that do not exist.
    ///
    /// - Returns: Their paths; each has plain metadata until ``describeFolder(_:_:)`` gives it its own.
    /// - Throws: `tree.path-unsafe` where something other than a folder is on the way.
    func makeMissingFolders(of path: EntryPath) throws(RootFileSystemError) -> [EntryPath] {
        do throws(RootFileSystemError) {
            _ = try parent(of: path)
            return []
        } catch {
            guard error.code == .treeParentMissing else { throw error }
        }
        var missing: [EntryPath] = []
        var folder = path.parent
        while folder != .root, try !isFolder(folder) {
            missing.append(folder)
            folder = folder.parent
        }
        for folder in missing.reversed() { try makeFolder(folder, .plainFolder) }
        return missing
    }

    /// Gives an existing folder new metadata; the last one counts.
    func describeFolder(_ path: EntryPath, _ metadata: EntryMetadata) {
        state.withLock { $0.folders.append((path, metadata, [])) }
    }

    /// Whether a folder exists at a path; no for nothing.
    ///
    /// - Throws: `tree.path-unsafe` where something else than a folder is on the way.
    func isFolder(_ path: EntryPath) throws(RootFileSystemError) -> Bool {
        try status(of: path)?.st_mode.isFolder ?? false
    }

    /// The status of an entry, without following a symbolic link; nil where nothing has the name.
    func status(of path: EntryPath) throws(RootFileSystemError) -> stat? {
        do throws(RootFileSystemError) {
            let folder = try parent(of: path)
            var status = stat()
            // Safe: the name and the structure are ours and outlive the call.
            let result = unsafe fstatat(folder.number, Self.name(path), &status, AT_SYMLINK_NOFOLLOW)
            return result == 0 ? status : nil
        } catch {
            guard error.code == .treeParentMissing else { throw error }
            return nil
        }
    }

    /// Removes an entry that an earlier archive brought; a folder only if it is empty.
    ///
    /// - Throws: `tree.entry-twice` where a folder has entries.
    func remove(_ path: EntryPath) throws(RootFileSystemError) {
        guard let status = try status(of: path) else { return }
        let folder = try parent(of: path)
        let isFolder = status.st_mode.isFolder
        // Safe: the name is an array of our own that outlives the call.
        guard unsafe unlinkat(folder.number, Self.name(path), isFolder ? AT_REMOVEDIR : 0) == 0 else {
            throw errno == ENOTEMPTY ? Self.twice(path) : Self.failure(path)
        }
        state.withLock { state in
            state.lastParent = nil
            if isFolder { state.folders.removeAll { $0.path == path } }
        }
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

    /// Opens a file that this builder created, to read or to write it again.
    func reopenFile(_ path: EntryPath, flags: Int32) throws(RootFileSystemError) -> Descriptor {
        try root.open(path, flags: flags | O_NOFOLLOW, code: .treePathUnsafe)
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
        guard rights == .all || metadata.kind == .fifo || metadata.kind == .socket else {
            state.withLock { _ = $0.skipped.insert(path) }
            return
        }
        let folder = try parent(of: path)
        let device = linux_make_device(metadata.device.major, metadata.device.minor)
        // Safe: the name is an array of our own that outlives the call.
        guard unsafe mknodat(folder.number, Self.name(path), mode_t(metadata.kind.rawValue | 0o600), dev_t(device)) == 0
        else { throw Self.failure(path) }
        try finish(path, metadata, attributes: attributes)
    }

    /// Gives a file that this builder made a second name.
    func makeLink(_ path: EntryPath, to original: EntryPath) throws(RootFileSystemError) {
        guard !state.withLock({ $0.skipped.contains(original) }) else { return }
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
    /// Files are not flushed to the disk: after a loss of power the extraction has to be repeated.
    ///
    /// - Throws: `tree.destination-in-use` where something took the name meanwhile, and what the system refuses.
    func commit() throws(RootFileSystemError) {
        let folders = state.withLock { state in
            state.lastParent = nil
            return state.folders
        }
        try finishFolders(folders)
        try output.commit()
    }

    // MARK: private

    /// Finishes folders after those below them, because a folder may lose the permission to enter it; of several
    /// descriptions of one folder the last counts.
    private func finishFolders(
        _ folders: [(path: EntryPath, metadata: EntryMetadata, attributes: [ExtendedAttribute])]
    ) throws(RootFileSystemError) {
        var last: [EntryPath: Int] = [:]
        for (index, folder) in folders.enumerated() { last[folder.path] = index }
        let slash = UInt8(ascii: "/")
        let depths = folders.map { folder in
            folder.path == .root ? 0 : 1 + folder.path.bytes.count { $0 == slash }
        }
        for index in folders.indices.sorted(by: { depths[$0] > depths[$1] }) where last[folders[index].path] == index {
            try finish(folders[index].path, folders[index].metadata, attributes: folders[index].attributes)
        }
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
        errno == EEXIST ? twice(path) : Descriptor.failure(.fileUnwritable, "\(path)")
    }

    static func twice(_ path: EntryPath) -> RootFileSystemError {
        RootFileSystemError(.treeEntryTwice, subject: "\(path)", expected: "one entry of that path", found: "two")
    }
}

extension EntryMetadata {
    /// A root that the image does not describe: the maker's own folder.
    static let plainFolder = EntryMetadata(kind: .directory, permissions: 0o755, owner: geteuid(), group: getegid())
}

extension mode_t {
    /// Whether the type bits of `st_mode` say that it is a folder.
    var isFolder: Bool { self & S_IFMT == S_IFDIR }
}
