import Decompression
import Files
import RootFileSystem

/// Applies an image's layers in order, and verifies every digest.
///
/// It reads entries with ``TarReader``, keeps the tree in a ``LayeredTree`` and the content in a ``ContentSpool``.
struct LayerReader {
    private static let whiteoutPrefix = Array(".wh.".utf8)
    /// The prefix of the opaque whiteout and of AUFS's own entries.
    private static let specialPrefix = Array(".wh..wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)
    /// AUFS's folder of files with several names, which old versions of Docker packed.
    private static let linkFolder = Array(".wh..wh.plnk".utf8)

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
        let decompressor = try compression == .none ? nil : decompressor(blob, compression, layer.name)
        let plain: any ByteSource = decompressor ?? blob
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
            try decompressor?.checkEnd()
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

    /// Adds a directory on top of all layers, unless something has its name already.
    mutating func addMissingFolder(_ name: String) throws {
        let path = LayerPath(name: Array(name.utf8))
        guard try tree.find(path, place: name) == nil else { return }
        let metadata = EntryMetadata(kind: .directory, permissions: 0o755, modified: 0)
        try tree.add(path, LayeredTree.Inode(metadata: metadata), place: name)
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

    private func decompressor(
        _ blob: HashingSource,
        _ compression: Compression,
        _ name: String
    ) throws -> Decompressor {
        try Decompressor(blob, compression: compression) { expected, found in
            ContainerError(.layerDamaged, subject: name, expected: expected, found: found)
        }
    }

    private static func compression(of layer: ContainerImage.Layer) throws -> Compression {
        var head = [UInt8](repeating: 0, count: Compression.magicLength)
        let wanted = min(head.count, layer.blob.size)
        let count = try layer.blob.file.read(into: &head, count: wanted, at: layer.blob.offset)
        let found = Compression(of: head[..<count])
        // No bytes are an empty layer, whatever its media type says.
        guard let stated = layer.compression, stated != found, layer.blob.size > 0 else { return found }
        throw ContainerError(
            .layerDamaged,
            subject: layer.name,
            expected: "compression \(stated.rawValue), as its media type says and umoci wants it",
            found: "\(found.rawValue), as buildah would take it"
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
                expected: "a path without \"..\", which GNU tar and umoci read differently, as long as Linux allows"
            )
        }
        if let first = path.names.first, first.starts(with: Self.specialPrefix), path.names != [Self.opaqueName] {
            return try applyHidden(entry, path, from: reader)
        }
        if let name = path.names.last, name.starts(with: Self.whiteoutPrefix) {
            return try applyWhiteout(entry, path, name)
        }
        if entry.kind == .hardLink { return try applyLink(entry, path) }
        let inode = try inode(of: entry)
        // The tree is updated first, so that content of a refused entry is not copied.
        try tree.add(path, inode, place: entry.place)
        if inode.metadata.kind == .file { try copyContent(of: entry, from: reader) }
    }

    private func inode(of entry: TarEntry) throws -> LayeredTree.Inode {
        var inode = LayeredTree.Inode(metadata: try metadata(of: entry))
        inode.attributes = entry.attributes
        if entry.kind == .symbolicLink { inode.target = entry.target }
        inode.contentOffset = spool.byteCount
        return inode
    }

    private mutating func copyContent(of entry: TarEntry, from reader: TarReader) throws {
        try budget.charge(entry.holeSize, name: entry.place)
        while let part = try reader.content() {
            switch part {
            case .bytes(let bytes): try spool.append(bytes)
            case .hole(let count): try spool.appendHole(count)
            }
        }
    }

    private mutating func applyLink(_ entry: TarEntry, _ path: LayerPath) throws {
        guard let target = LayerPath(entry.target), let first = target.names.first else {
            throw ContainerError(
                .linkInvalid,
                subject: entry.place,
                expected: "a target below the root, without \"..\""
            )
        }
        if first == Self.linkFolder, target.names.count == 2 {
            return try tree.addLink(path, toHidden: target.names[1], place: entry.place)
        }
        try tree.addLink(path, to: target, place: entry.place)
    }

    /// Takes an entry of AUFS's own: it is no part of the image, but hard links may lead to the files of one folder.
    private mutating func applyHidden(_ entry: TarEntry, _ path: LayerPath, from reader: TarReader) throws {
        guard path.names.count == 2, path.names[0] == Self.linkFolder else { return }
        let inode = try inode(of: entry)
        guard inode.metadata.kind == .file, entry.kind != .hardLink else { return }
        try tree.addHidden(path.names[1], inode, place: entry.place)
        try copyContent(of: entry, from: reader)
    }

    /// Takes a whiteout; its type and content do not matter, as in umoci and buildah.
    private mutating func applyWhiteout(_ entry: TarEntry, _ path: LayerPath, _ name: [UInt8]) throws {
        if name == Self.opaqueName { return try tree.hideContent(path.parent, place: entry.place) }
        // Other special names hide nothing that a layer can have.
        guard !name.starts(with: Self.specialPrefix) else { return }
        let hidden = Array(name.dropFirst(Self.whiteoutPrefix.count))
        guard EntryPath.isName(hidden) else {
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
