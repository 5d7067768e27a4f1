import Glibc
package import RootFileSystem

/// An image whose manifest and configuration are read and checked; its layers are not read yet.
package struct ContainerImage: Sendable {
    /// One layer, lowest first.
    package struct Layer: Sendable {
        let blob: Blob
        /// The blob's digest; nil where the archive states none, as `docker save` does.
        package let digest: Digest?
        /// The uncompressed archive's digest.
        package let contentDigest: Digest
        /// What the media type says; nil where there is none, and the bytes tell.
        let compression: Compression?
        /// What messages call the layer.
        let name: String

        /// The blob's size.
        package var byteCount: Int { blob.size }
    }

    /// What to choose where an archive or a layout holds several images.
    package struct Choice: Sendable {
        let platform: Platform
        let reference: String?

        /// - Parameters:
        ///   - platform: What the image runs on.
        ///   - reference: Its name: an `org.opencontainers.image.ref.name`, or a tag of `docker save`.
        package init(platform: Platform = .linux, reference: String? = nil) {
            self.platform = platform
            self.reference = reference
        }
    }

    /// The manifest's digest; nil for `docker save`, which has none.
    package let manifestDigest: Digest?
    /// The configuration's digest, which Docker calls the image's id.
    package let configurationDigest: Digest
    package let configuration: ImageConfiguration
    package let layers: [Layer]

    /// What the image runs on.
    package var platform: Platform { configuration.platform }

    /// Opens an image.
    ///
    /// - Parameters:
    ///   - path: An OCI layout's folder, or an archive of such a layout or of `docker save`, compressed or not; its content
    ///     tells which.
    ///   - choice: Which image, where there are several.
    ///   - limits: What the image may ask for.
    ///   - spoolFolder: Where an archive that is compressed as a whole is unpacked for the time being.
    ///   - interruption: Ends the work early.
    /// - Throws: `container.*`, and `file.*` where the system refuses.
    package init(
        opening path: String,
        choice: Choice = Choice(),
        limits: ContainerLimits = ContainerLimits(),
        spoolFolder: String,
        interruption: Interruption = Interruption()
    ) throws {
        let store = try Self.store(path, limits: limits, spoolFolder: spoolFolder, interruption: interruption)
        let reading = ImageResolver(store: store, choice: choice, limits: limits, interruption: interruption)
        if try store.blob(LayoutMarker.fileName) != nil {
            self = try reading.layout()
        } else if try store.blob(SavedImage.fileName) != nil {
            self = try reading.saved()
        } else {
            throw ContainerError(
                .sourceUnknown,
                subject: path,
                expected: "an OCI layout, or an archive of one or of docker save",
                found: "neither \(LayoutMarker.fileName) nor \(SavedImage.fileName)"
            )
        }
    }

    init(
        manifestDigest: Digest?,
        configurationDigest: Digest,
        configuration: ImageConfiguration,
        layers: [Layer]
    ) {
        self.manifestDigest = manifestDigest
        self.configurationDigest = configurationDigest
        self.configuration = configuration
        self.layers = layers
    }

    private static func store(
        _ path: String,
        limits: ContainerLimits,
        spoolFolder: String,
        interruption: Interruption
    ) throws -> any ImageStore {
        // A pipe would block the opening for ever.
        let file = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
        let status = try file.status()
        if status.st_mode & S_IFMT == S_IFDIR { return try FolderStore(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ContainerError(.sourceUnknown, subject: path, expected: "a folder or a file", found: "something else")
        }
        let size = Int(status.st_size)
        var head = [UInt8](repeating: 0, count: 8)
        let count = try file.read(into: &head, count: head.count, at: 0)
        let compression = Compression(of: head[..<count])
        guard compression != .none else {
            return try ArchiveStore(file, size: size, name: path, interruption: interruption)
        }
        let whole = BlobReader(Blob(file: file, offset: 0, size: size, name: path), interruption: interruption)
        let bytes = BoundedSource(
            try Decompressor(whole, compression: compression, name: path),
            budget: .init(limits.layerBytes),
            name: path
        )
        var spool = try ContentSpool(in: spoolFolder)
        while case let piece = try bytes.next(), !piece.isEmpty { try spool.append(piece[...]) }
        try spool.flush()
        return try ArchiveStore(spool.file, size: spool.byteCount, name: path, interruption: interruption)
    }
}
