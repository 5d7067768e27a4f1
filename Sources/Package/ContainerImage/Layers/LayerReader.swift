import Files
import RootFileSystem

/// Applies an image's layers in order, and verifies every digest.
///
/// It reads entries with ``TarReader``, keeps the tree in a ``LayeredTree`` and the content in a ``ContentSpool``.
struct LayerReader {
    private static let whiteoutPrefix = Array(".wh.".utf8)
    /// The prefix of special whiteouts; of these only the opaque whiteout is supported.
    private static let specialPrefix = Array(".wh..wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)

    private(set) var tree: LayeredTree
    private(set) var spool: ContentSpool

    private let budget: BoundedSource.Budget
    private let latestTime: Int64
    private let interruption: Interruption

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - limits: Resource limits for all layers together.
    ///   - latestTime: Later modification times are set to this one, in seconds since 1970.
    ///   - spoolFolder: The directory of the temporary content file.
    ///   - interruption: Cancels the work.
    /// - Throws: `file.unwritable`.
    init(
        limits: ContainerLimits,
        latestTime: Int64,
        spoolFolder: String,
        interruption: Interruption
    ) throws {
        tree = LayeredTree(limits: limits)
        spool = try ContentSpool(in: spoolFolder)
        budget = .init(limits.layerBytes)
        self.latestTime = latestTime
        self.interruption = interruption
    }

    /// Applies one layer on top of those before it.
    ///
    /// - Throws: `container.*`, and system errors.
    mutating func apply(_ layer: ContainerImage.Layer, progress: (Int) -> Void = { _ in }) throws {
        let compression = try Self.compression(of: layer)
        let blob = HashingSource(
            BlobReader(layer.blob, interruption: interruption),
            algorithm: layer.digest?.algorithm ?? .sha256
        )
        let plain: any ByteSource =
            compression == .none ? blob : try Decompressor(blob, compression: compression, name: layer.name)
        let content = HashingSource(
            BoundedSource(plain, budget: budget, name: layer.name),
            algorithm: layer.contentDigest.algorithm
        )
        let reader = TarReader(content, name: layer.name)
        do {
            while let entry = try reader.next() {
                try apply(entry, from: reader)
                progress(blob.byteCount)
            }
        } catch let error as ContainerError where error.code != .limitExceeded && layer.digest != nil {
            // A wrong blob digest explains the failure better than the error in its content.
            try? blob.drain()
            try Self.check(blob, layer)
            throw error
        }
        try Self.check(blob, layer)
        guard content.digest == layer.contentDigest else {
            throw ContainerError(
                .layerDigestMismatch,
                subject: "the diff_id of \(layer.name)",
                expected: "\(layer.contentDigest)",
                found: "\(content.digest)"
            )
        }
        tree.beginLayer()
    }

    /// Adds a file on top of all layers.
    ///
    /// - Throws: `container.path-unsafe` where a parent directory is missing or is not a directory.
    mutating func addFile(_ path: LayerPath, _ bytes: [UInt8]) throws {
        let metadata = EntryMetadata(kind: .file, permissions: 0o644, modified: 0, size: bytes.count)
        let inode = LayeredTree.Inode(metadata: metadata, contentOffset: spool.byteCount)
        try tree.add(path, inode, place: path.description)
        try spool.append(bytes[...])
    }

    /// Creates the tree plan, in the order in which file system images are written.
    mutating func plan() throws -> TreePlan {
        try spool.flush()
        let root = tree.inodes[tree.nodes[0].inode]
        var plan = TreePlan(root: root.metadata, attributes: root.attributes, contents: spool.file)
        var firstNames: [Int: Int] = [:]
        append(0, as: 0, to: &plan, firstNames: &firstNames)
        return plan
    }

    // MARK: private

    private func append(_ folder: Int, as index: Int, to plan: inout TreePlan, firstNames: inout [Int: Int]) {
        let children = (tree.nodes[folder].children ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (name, node) in children {
            let number = tree.nodes[node].inode
            if let first = firstNames[number] {
                plan.appendLink(name: name, parent: index, to: first)
                continue
            }
            let inode = tree.inodes[number]
            let child = plan.append(
                name: name,
                parent: index,
                metadata: inode.metadata,
                target: inode.target,
                attributes: inode.attributes,
                offset: inode.contentOffset
            )
            if inode.metadata.kind == .directory {
                append(node, as: child, to: &plan, firstNames: &firstNames)
            } else {
                firstNames[number] = child
            }
        }
    }

    private static func compression(of layer: ContainerImage.Layer) throws -> Compression {
        var head = [UInt8](repeating: 0, count: 8)
        let wanted = min(head.count, layer.blob.size)
        let count = try layer.blob.file.read(into: &head, count: wanted, at: layer.blob.offset)
        let found = Compression(of: head[..<count])
        guard let stated = layer.compression, stated != found else { return found }
        throw ContainerError(
            .layerDamaged,
            subject: layer.name,
            expected: "compression \(stated.rawValue), as its media type says",
            found: found.rawValue
        )
    }

    private static func check(_ blob: HashingSource, _ layer: ContainerImage.Layer) throws {
        guard let digest = layer.digest else { return }
        guard blob.byteCount == layer.blob.size, blob.digest == digest else {
            throw ContainerError(
                .blobDigestMismatch,
                subject: layer.name,
                expected: "\(digest)",
                found: "\(blob.digest)"
            )
        }
    }

    private mutating func apply(_ entry: TarEntry, from reader: TarReader) throws {
        guard let path = LayerPath(entry.name) else {
            throw ContainerError(
                .pathUnsafe,
                subject: entry.place,
                expected: "a path below the root, without \"..\" and empty names, as long as Linux takes it"
            )
        }
        guard !path.names.dropLast().contains(where: { $0.starts(with: Self.whiteoutPrefix) }) else {
            throw ContainerError(.whiteoutInvalid, subject: entry.place, expected: "no whiteout on the way")
        }
        if let name = path.names.last, name.starts(with: Self.whiteoutPrefix) {
            return try applyWhiteout(entry, path, name)
        }
        if entry.kind == .hardLink {
            guard let target = LayerPath(entry.target), !target.names.isEmpty else {
                throw ContainerError(.linkInvalid, subject: entry.place, expected: "a target below the root")
            }
            return try tree.addLink(path, to: target, place: entry.place)
        }
        var inode = LayeredTree.Inode(metadata: try metadata(of: entry))
        inode.attributes = entry.attributes
        if entry.kind == .symbolicLink { inode.target = entry.target }
        inode.contentOffset = spool.byteCount
        // The tree is updated first, so that content of a refused entry is not copied.
        try tree.add(path, inode, place: entry.place)
        guard inode.metadata.kind == .file else { return }
        while let part = try reader.content() { try spool.append(part) }
    }

    private mutating func applyWhiteout(_ entry: TarEntry, _ path: LayerPath, _ name: [UInt8]) throws {
        guard entry.kind == .file || entry.kind == .oldFile, entry.size == 0 else {
            throw ContainerError(.whiteoutInvalid, subject: entry.place, expected: "an empty file")
        }
        if name == Self.opaqueName { return try tree.hideContent(path.parent, place: entry.place) }
        let hidden = Array(name.dropFirst(Self.whiteoutPrefix.count))
        guard EntryPath.isName(hidden), !name.starts(with: Self.specialPrefix) else {
            throw ContainerError(
                .whiteoutInvalid,
                subject: entry.place,
                expected: "the name of an entry behind .wh., or .wh..wh..opq"
            )
        }
        try tree.hide(path.parent.appending(hidden), place: entry.place)
    }

    private func metadata(of entry: TarEntry) throws -> EntryMetadata {
        let kind: EntryKind
        switch entry.kind {
        case .directory: kind = .directory
        case .symbolicLink:
            kind = .symbolicLink
            guard (1...EntryPath.maximumByteCount).contains(entry.target.count), !entry.target.contains(0) else {
                throw ContainerError(
                    .linkInvalid,
                    subject: entry.place,
                    expected: "a target of 1 to \(EntryPath.maximumByteCount) bytes without NUL",
                    found: "\(entry.target.count)"
                )
            }
        case .characterDevice: kind = .characterDevice
        case .blockDevice: kind = .blockDevice
        case .fifo: kind = .fifo
        default: kind = .file
        }
        return EntryMetadata(
            kind: kind,
            // Linux ignores a symbolic link's permissions and shows 0777.
            permissions: kind == .symbolicLink ? 0o777 : entry.permissions,
            owner: entry.owner,
            group: entry.group,
            modified: max(0, min(Int64(entry.modified), latestTime)),
            size: kind == .file ? entry.size : entry.target.count * (kind == .symbolicLink ? 1 : 0),
            device: entry.device
        )
    }
}
