import RootFileSystem

/// An in-memory file tree to which layers are applied by OCI's rules.
///
/// OCI image-spec, "Image Layer Filesystem Changeset". Paths are resolved in this tree only, and every name but the
/// last must be a directory: symbolic links are never followed. ``LayerReader`` fills it.
struct LayeredTree {
    /// A file's metadata and content; hard links share one.
    struct Inode {
        var metadata: EntryMetadata
        var target: [UInt8] = []
        var attributes: [ExtendedAttribute] = []
        /// The offset of a regular file's content in the spool.
        var contentOffset = 0
    }

    /// A name in the tree (a directory entry).
    struct Node {
        var inode: Int
        /// The last layer that had the entry.
        var layer: Int
        /// Whether a layer had the entry itself, and not just a path through it.
        var isStated: Bool
        /// A directory's entries; nil for other files.
        var children: [[UInt8]: Int]?
        /// The last layer that hid this directory's older content, so that each layer clears a directory only once.
        var clearedBy = -1
    }

    /// The metadata of a directory that only occurs in paths, the same as Docker and containerd use.
    private static let impliedFolder = EntryMetadata(kind: .directory, permissions: 0o755)

    private(set) var nodes: [Node]
    private(set) var inodes: [Inode]
    /// The index of the layer that is being applied; the lowest is 0.
    private(set) var layer = 0

    private let limits: ContainerLimits
    private var metadataBytes = 0
    private var entryCount = 0

    init(limits: ContainerLimits) {
        self.limits = limits
        inodes = [Inode(metadata: Self.impliedFolder)]
        nodes = [Node(inode: 0, layer: -1, isStated: false, children: [:])]
    }

    /// Starts the next layer.
    mutating func beginLayer() {
        layer += 1
    }

    // MARK: adding

    /// Adds an entry other than a hard link.
    ///
    /// - Throws: `container.entry-twice`, `container.path-unsafe`, `container.limit-exceeded`.
    mutating func add(_ path: LayerPath, _ inode: Inode, place: String) throws(ContainerError) {
        let byteCount = inode.attributes.reduce(inode.target.count) { $0 + $1.name.utf8.count + $1.value.count }
        try charge(byteCount, entries: 0, place)
        guard let name = path.names.last else { return try stateRoot(inode, place: place) }
        let parent = try folder(path.names.dropLast(), place: place)
        if let known = nodes[parent].children?[name] {
            try replace(known, with: inode, place: place)
            if nodes[known].children != nil { return }
        }
        inodes.append(inode)
        try put(name, in: parent, inode: inodes.count - 1, place: place)
    }

    /// Adds a hard link to an existing file.
    ///
    /// - Throws: `container.link-invalid` where the target is missing or is a directory, and the errors of
    ///   ``add(_:_:place:)``.
    mutating func addLink(_ path: LayerPath, to target: LayerPath, place: String) throws(ContainerError) {
        guard let name = path.names.last, let original = find(target), nodes[original].children == nil else {
            throw ContainerError(
                .linkInvalid,
                subject: place,
                expected: "a file that stands before the link, reached through no symbolic link",
                found: target.description
            )
        }
        let inode = nodes[original].inode
        let parent = try folder(path.names.dropLast(), place: place)
        if let known = nodes[parent].children?[name] {
            guard known != original else {
                throw ContainerError(.linkInvalid, subject: place, expected: "a target other than the link itself")
            }
            try replace(known, with: inodes[inode], place: place)
        }
        try put(name, in: parent, inode: inode, place: place)
    }

    /// Removes what lower layers have at a path (a whiteout); a missing path is no error.
    ///
    /// - Throws: `container.path-unsafe` where a parent is not a directory.
    mutating func hide(_ path: LayerPath, place: String) throws(ContainerError) {
        var (parent, node) = (0, 0)
        for name in path.names {
            guard let children = nodes[node].children else { throw Self.noFolder(inodes[nodes[node].inode], place) }
            guard let next = children[name] else { return }
            (parent, node) = (node, next)
        }
        guard let name = path.names.last, !clear(node) else { return }
        nodes[parent].children?[name] = nil
    }

    /// Removes everything that lower layers have in a directory (an opaque whiteout).
    ///
    /// - Throws: `container.path-unsafe` where the path is not a directory.
    mutating func hideContent(_ path: LayerPath, place: String) throws(ContainerError) {
        clearContent(try folder(path.names[...], place: place))
    }

    // MARK: private

    private func find(_ path: LayerPath) -> Int? { find(path.names[...]) }

    private func find(_ names: ArraySlice<[UInt8]>) -> Int? {
        var node = 0
        for name in names {
            guard let next = nodes[node].children?[name] else { return nil }
            node = next
        }
        return node
    }

    /// Finds the directory at a path and creates missing ones.
    private mutating func folder(_ names: ArraySlice<[UInt8]>, place: String) throws(ContainerError) -> Int {
        var node = 0
        for name in names {
            if let next = nodes[node].children?[name] {
                guard nodes[next].children != nil else { throw Self.noFolder(inodes[nodes[next].inode], place) }
                node = next
            } else {
                inodes.append(Inode(metadata: Self.impliedFolder))
                let made = try put(name, in: node, inode: inodes.count - 1, isStated: false, place: place)
                node = made
            }
        }
        return node
    }

    @discardableResult
    private mutating func put(
        _ name: [UInt8],
        in parent: Int,
        inode: Int,
        isStated: Bool = true,
        place: String
    ) throws(ContainerError) -> Int {
        try charge(name.count, entries: 1, place)
        let isFolder = inodes[inode].metadata.kind == .directory
        let node = nodes.count
        nodes.append(Node(inode: inode, layer: layer, isStated: isStated, children: isFolder ? [:] : nil))
        nodes[parent].children?[name] = node
        return node
    }

    private mutating func stateRoot(_ inode: Inode, place: String) throws(ContainerError) {
        guard inode.metadata.kind == .directory else {
            throw ContainerError(.pathUnsafe, subject: place, expected: "a folder at the root")
        }
        try replace(0, with: inode, place: place)
    }

    /// Prepares an entry's replacement: a directory takes new metadata and keeps its entries; anything else is removed.
    private mutating func replace(_ node: Int, with inode: Inode, place: String) throws(ContainerError) {
        let isFolder = inode.metadata.kind == .directory
        let isSame = isFolder && nodes[node].children != nil && inodes[nodes[node].inode].metadata == inode.metadata
        guard nodes[node].layer < layer || !nodes[node].isStated || isSame else { throw Self.twice(place) }
        if isFolder && nodes[node].children != nil {
            inodes[nodes[node].inode] = inode
            nodes[node].layer = layer
            nodes[node].isStated = true
        } else if clear(node) {
            // An entry of this same layer is in the directory that would be removed.
            throw Self.twice(place)
        } else {
            nodes[node].children = nil
        }
    }

    /// Removes lower layers' entries from a node and below it.
    ///
    /// - Returns: Whether an entry of this layer is left.
    private mutating func clear(_ node: Int) -> Bool {
        clearContent(node)
        let isKept = nodes[node].layer == layer || nodes[node].children?.isEmpty == false
        if isKept, nodes[node].layer < layer {
            // The directory itself was hidden, but a path of this layer goes through it.
            inodes[nodes[node].inode] = Inode(metadata: Self.impliedFolder)
            nodes[node].layer = layer
            nodes[node].isStated = false
        }
        return isKept
    }

    /// Removes lower layers' entries below a directory; each layer visits each directory once.
    private mutating func clearContent(_ folder: Int) {
        guard nodes[folder].clearedBy != layer, let children = nodes[folder].children else { return }
        nodes[folder].clearedBy = layer
        // A path has at most 4095 bytes, so the recursion is at most 2048 deep.
        for (name, node) in children where !clear(node) { nodes[folder].children?[name] = nil }
    }

    private mutating func charge(_ byteCount: Int, entries: Int, _ place: String) throws(ContainerError) {
        entryCount += entries
        metadataBytes += byteCount
        guard entryCount <= limits.entries, metadataBytes <= limits.metadataBytes else {
            throw ContainerError(
                .limitExceeded,
                subject: place,
                expected:
                    "at most \(limits.entries) entries with \(limits.metadataBytes) bytes of names and attributes",
                found: "more"
            )
        }
    }

    private static func noFolder(_ inode: Inode, _ place: String) -> ContainerError {
        ContainerError(
            .pathUnsafe,
            subject: place,
            expected: "a way through folders",
            found: "a \(inode.metadata.kind) on the way"
        )
    }

    private static func twice(_ place: String) -> ContainerError {
        ContainerError(.entryTwice, subject: place, expected: "one entry of that path in its layer", found: "two")
    }
}
