import RootFileSystem

/// A tree in memory that layers are put on, one after the other, by the rules of OCI images.
///
/// OCI image-spec, "Image Layer Filesystem Changeset". A path is walked in this tree alone, name by name, and every name
/// but the last has to be a folder: there is no symbolic link that anything could follow.
struct LayeredTree {
    /// What names of the tree lead to: a file with several names is one such.
    struct Inode {
        var metadata: EntryMetadata
        var target: [UInt8] = []
        var attributes: [ExtendedAttribute] = []
        /// Where a regular file's content begins.
        var contentOffset = 0
    }

    /// A name in the tree.
    struct Node {
        var inode: Int
        /// The layer that stated the entry last.
        var layer: Int
        /// Whether a layer stated the entry, instead of a path that goes through it.
        var isStated: Bool
        /// What a folder holds; nil for everything else.
        var children: [[UInt8]: Int]?
        /// The layer that hid all that lower layers had here; nothing of theirs can come back in it.
        var clearedBy = -1
    }

    /// A folder that only paths name: what Docker and containerd make of it.
    private static let impliedFolder = EntryMetadata(kind: .directory, permissions: 0o755)

    private(set) var nodes: [Node]
    private(set) var inodes: [Inode]
    /// The layer that is being put on; the lowest is 0.
    private(set) var layer = 0

    private let limits: ContainerLimits
    private var metadataBytes = 0
    private var entryCount = 0

    init(limits: ContainerLimits) {
        self.limits = limits
        inodes = [Inode(metadata: Self.impliedFolder)]
        nodes = [Node(inode: 0, layer: -1, isStated: false, children: [:])]
    }

    /// Begins with the next layer.
    mutating func beginLayer() {
        layer += 1
    }

    // MARK: adding

    /// Adds an entry that is no hard link.
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

    /// Gives a file that is there another name.
    ///
    /// - Throws: `container.link-invalid` where the target is not there or is a folder, and what `add` throws.
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

    /// Hides what lower layers have under a path; what is not there needs no hiding.
    ///
    /// - Throws: `container.path-unsafe` where the way goes through what is no folder.
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

    /// Hides everything that lower layers have in a folder.
    ///
    /// - Throws: `container.path-unsafe` where the path leads to something else.
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

    /// The folder of that path, made where it is missing.
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

    /// Makes room for an entry: a folder takes its new metadata and keeps what it holds; anything else will go.
    private mutating func replace(_ node: Int, with inode: Inode, place: String) throws(ContainerError) {
        let isFolder = inode.metadata.kind == .directory
        let isSame = isFolder && nodes[node].children != nil && inodes[nodes[node].inode].metadata == inode.metadata
        guard nodes[node].layer < layer || !nodes[node].isStated || isSame else { throw Self.twice(place) }
        if isFolder && nodes[node].children != nil {
            inodes[nodes[node].inode] = inode
            nodes[node].layer = layer
            nodes[node].isStated = true
        } else if clear(node) {
            // Something of this very layer lies in the folder that is to go.
            throw Self.twice(place)
        } else {
            nodes[node].children = nil
        }
    }

    /// Takes everything of lower layers away from a node and from below it.
    ///
    /// - Returns: Whether anything of this layer is left.
    private mutating func clear(_ node: Int) -> Bool {
        clearContent(node)
        let isKept = nodes[node].layer == layer || nodes[node].children?.isEmpty == false
        if isKept, nodes[node].layer < layer {
            // The folder itself was hidden, but a path of this layer goes through it.
            inodes[nodes[node].inode] = Inode(metadata: Self.impliedFolder)
            nodes[node].layer = layer
            nodes[node].isStated = false
        }
        return isKept
    }

    /// Takes everything of lower layers away from below a folder; each layer looks at each folder once.
    private mutating func clearContent(_ folder: Int) {
        guard nodes[folder].clearedBy != layer, let children = nodes[folder].children else { return }
        nodes[folder].clearedBy = layer
        // A path has at most 4095 bytes, so that this goes 2048 deep at most.
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
