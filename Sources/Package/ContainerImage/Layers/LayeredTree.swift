import RootFileSystem

/// An in-memory file tree to which layers are applied by OCI's rules.
///
/// OCI image-spec, "Image Layer Filesystem Changeset". Paths are resolved in this tree only, as after chroot(2); symbolic
/// links on the way are followed in it (`LayeredTree+Resolution.swift`). ``LayerReader`` fills it.
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
        /// Whether that entry's path led through a symbolic link, so that its name was another.
        var isThroughLink = false
        /// The length of the path from the root, in bytes, without links.
        var pathLength = 0
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

    let limits: ContainerLimits
    /// The number of names of links' targets that were resolved so far.
    var linkSteps = 0
    private var metadataBytes = 0
    private var entryCount = 0
    /// The files of this layer's AUFS link folder, which exist for hard links alone.
    private var hiddenFiles: [[UInt8]: Int] = [:]

    init(limits: ContainerLimits) {
        self.limits = limits
        inodes = [Inode(metadata: Self.impliedFolder)]
        nodes = [Node(inode: 0, layer: -1, isStated: false, children: [:])]
    }

    /// Starts the next layer.
    mutating func beginLayer() {
        layer += 1
        hiddenFiles = [:]
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
        if let known = nodes[parent.node].children?[name] {
            try replace(known, with: inode, isThroughLink: parent.isThroughLink, place: place)
            if nodes[known].children != nil { return }
        }
        inodes.append(inode)
        try put(name, in: parent, inode: inodes.count - 1, place: place)
    }

    /// Adds a file that has no name in the image, for hard links of this layer to it.
    ///
    /// - Throws: `container.limit-exceeded`.
    mutating func addHidden(_ name: [UInt8], _ inode: Inode, place: String) throws(ContainerError) {
        try charge(name.count, entries: 1, place)
        inodes.append(inode)
        hiddenFiles[name] = inodes.count - 1
    }

    /// Adds a hard link to a file that ``addHidden(_:_:place:)`` added.
    ///
    /// - Throws: `container.link-invalid` where there is none, and the errors of ``add(_:_:place:)``.
    mutating func addLink(_ path: LayerPath, toHidden name: [UInt8], place: String) throws(ContainerError) {
        guard let inode = hiddenFiles[name] else { throw Self.noTarget(EntryPath.readable(name.prefix(200)), place) }
        try addLink(path, inode: inode, original: nil, place: place)
    }

    /// Adds a hard link to an existing file.
    ///
    /// - Throws: `container.link-invalid` where the target is missing or is a directory, and the errors of
    ///   ``add(_:_:place:)``.
    mutating func addLink(_ path: LayerPath, to target: LayerPath, place: String) throws(ContainerError) {
        guard let original = try find(target, place: place), nodes[original].children == nil else {
            throw Self.noTarget(target.description, place)
        }
        try addLink(path, inode: nodes[original].inode, original: original, place: place)
    }

    private mutating func addLink(
        _ path: LayerPath,
        inode: Int,
        original: Int?,
        place: String
    ) throws(ContainerError) {
        guard let name = path.names.last else {
            throw ContainerError(.linkInvalid, subject: place, expected: "a name for the link")
        }
        let parent = try folder(path.names.dropLast(), place: place)
        if let known = nodes[parent.node].children?[name] {
            guard known != original else {
                throw ContainerError(.linkInvalid, subject: place, expected: "a target other than the link itself")
            }
            try replace(known, with: inodes[inode], isThroughLink: parent.isThroughLink, place: place)
        }
        try put(name, in: parent, inode: inode, place: place)
    }

    /// Removes what lower layers have at a path (a whiteout); a missing path is no error.
    ///
    /// - Throws: `container.path-unsafe` where a parent is not a directory.
    mutating func hide(_ path: LayerPath, place: String) throws(ContainerError) {
        guard let name = path.names.last, let parent = try existingFolder(path.names.dropLast(), place: place),
            let node = nodes[parent.node].children?[name], !clear(node)
        else { return }
        nodes[parent.node].children?[name] = nil
    }

    /// Removes everything that lower layers have in a directory (an opaque whiteout); it has no effect on a file.
    ///
    /// - Throws: `container.path-unsafe` where a parent is not a directory, or the path leads through a symbolic link.
    mutating func hideContent(_ path: LayerPath, place: String) throws(ContainerError) {
        if let node = try find(path, place: place), nodes[node].children == nil,
            inodes[nodes[node].inode].metadata.kind != .symbolicLink
        {
            return
        }
        let found = try folder(path.names[...], place: place)
        guard !found.isThroughLink else {
            throw ContainerError(
                .pathUnsafe,
                subject: place,
                expected: "a way through folders",
                found: "a symbolic link on the way: umoci empties the folder behind it, and buildah does not"
            )
        }
        clearContent(found.node)
    }

    // MARK: private

    /// Creates a directory that only occurs in paths.
    mutating func addImpliedFolder(_ name: [UInt8], in parent: Int, place: String) throws(ContainerError) -> Int {
        inodes.append(Inode(metadata: Self.impliedFolder))
        return try put(name, in: Place(node: parent), inode: inodes.count - 1, isStated: false, place: place)
    }

    @discardableResult
    private mutating func put(
        _ name: [UInt8],
        in parent: Place,
        inode: Int,
        isStated: Bool = true,
        place: String
    ) throws(ContainerError) -> Int {
        try charge(name.count, entries: 1, place)
        let node = nodes.count
        let pathLength = nodes[parent.node].pathLength + (parent.node == 0 ? 0 : 1) + name.count
        guard pathLength <= EntryPath.maximumByteCount else {
            throw ContainerError(
                .pathUnsafe,
                subject: place,
                expected: "a path of at most \(EntryPath.maximumByteCount) bytes, without the links on the way",
                found: "\(pathLength)"
            )
        }
        nodes.append(
            Node(
                inode: inode,
                layer: layer,
                isStated: isStated,
                isThroughLink: parent.isThroughLink,
                pathLength: pathLength,
                children: inodes[inode].metadata.kind == .directory ? [:] : nil
            )
        )
        nodes[parent.node].children?[name] = node
        return node
    }

    private mutating func stateRoot(_ inode: Inode, place: String) throws(ContainerError) {
        guard inode.metadata.kind == .directory else {
            throw ContainerError(.pathUnsafe, subject: place, expected: "a folder at the root")
        }
        // Several entries of the root are common; the last one counts.
        inodes[nodes[0].inode] = inode
        nodes[0].layer = layer
        nodes[0].isStated = true
    }

    /// Prepares an entry's replacement: a directory takes new metadata and keeps its entries; anything else is removed.
    private mutating func replace(
        _ node: Int,
        with inode: Inode,
        isThroughLink: Bool,
        place: String
    ) throws(ContainerError) {
        let isFolder = inode.metadata.kind == .directory
        let isSame = isFolder && nodes[node].children != nil && inodes[nodes[node].inode].metadata == inode.metadata
        let isOther = isThroughLink != nodes[node].isThroughLink
        guard nodes[node].layer < layer || !nodes[node].isStated || isSame || isOther else { throw Self.twice(place) }
        if isOther, !isFolder, nodes[node].layer == layer, nodes[node].children == nil {
            // The same place under two names: the last one counts.
        } else if isFolder && nodes[node].children != nil {
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

    private static func noTarget(_ target: String, _ place: String) -> ContainerError {
        ContainerError(
            .linkInvalid,
            subject: place,
            expected: "a file, link or device that stands before the hard link",
            found: target
        )
    }

    private static func twice(_ place: String) -> ContainerError {
        ContainerError(
            .entryTwice,
            subject: place,
            expected:
                "one entry of that path in its layer: buildah and docker refuse a second, umoci and GNU tar take it",
            found: "two"
        )
    }
}
