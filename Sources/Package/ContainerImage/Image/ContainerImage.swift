import Decompression
import Files
import Glibc
package import RootFileSystem

/// A container image with parsed and verified manifest and configuration;
/// ``tree(limits:latestTime:spoolFolder:interruption:progress:)`` reads its layers.
package struct ContainerImage: Sendable {
    /// One layer.
    package struct Layer: Sendable {
        let blob: Blob
        /// The blob's digest; nil where the archive has none, as with `docker save`.
        package let digest: Digest?
        /// The digest of the uncompressed archive (diff_id).
        package let contentDigest: Digest
        /// The compression that the media type says; nil where there is none and the magic number decides.
        let compression: Compression?
        /// The layer's name in error messages.
        let name: String

        /// The blob's size, in bytes.
        package var byteCount: Int { blob.size }
    }

    /// Selects an image where an archive or a layout has several.
    package struct Choice: Sendable {
        let platform: OCIPlatform
        let reference: String?

        /// Creates a selection.
        ///
        /// - Parameters:
        ///   - platform: The image's platform.
        ///   - reference: The image's name (an `org.opencontainers.image.ref.name`, or a tag of `docker save`), or the
        ///     digest of its manifest, its index or its configuration.
        package init(platform: OCIPlatform = .linux, reference: String? = nil) {
            self.platform = platform
            self.reference = reference
        }
    }

    /// The manifest's digest; nil for `docker save`, which has none.
    package let manifestDigest: Digest?
    /// The configuration's digest, which Docker calls the image ID.
    package let configurationDigest: Digest
    package let configuration: ImageConfiguration
    package let layers: [Layer]

    /// The image's platform.
    package var platform: OCIPlatform { configuration.platform }

    /// Opens an image.
    ///
    /// - Parameters:
    ///   - path: The directory of an OCI layout, or an archive of one or of `docker save`, compressed or not; the
    ///     content decides which.
    ///   - choice: The image to select where there are several.
    ///   - limits: Resource limits.
    ///   - spoolFolder: A directory for a temporary file, used where an archive is compressed as a whole.
    ///   - interruption: Cancels the work.
    /// - Throws: `container.*`, and `file.*` for system errors.
    package init(
        opening path: String,
        choice: Choice = Choice(),
        limits: ContainerLimits = ContainerLimits(),
        spoolFolder: String,
        interruption: Interruption = Interruption()
    ) throws {
        let store = try Self.store(path, limits: limits, spoolFolder: spoolFolder, interruption: interruption)
        let names = [LayoutMarker.fileName, SavedImage.fileName]
        guard try names.contains(where: { try store.blob($0) != nil }) else {
            throw ContainerError(
                .sourceUnknown,
                subject: path,
                expected:
                    "an OCI layout, or an archive of one or of docker save, with \(names.joined(separator: " or "))",
                found: store.looksLikeRoot
                    ? "a root file system, as docker export writes it; docker save writes the image"
                    : "neither of these files"
            )
        }
        self = try ImageResolver(store: store, choice: choice, limits: limits, interruption: interruption).image()
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
        // O_NONBLOCK: opening a FIFO would block otherwise.
        let file = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
        let status = try file.status()
        if status.st_mode & S_IFMT == S_IFDIR { return try FolderStore(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ContainerError(.sourceUnknown, subject: path, expected: "a folder or a file", found: "something else")
        }
        let size = Int(status.st_size)
        var head = [UInt8](repeating: 0, count: Compression.magicLength)
        let count = try file.read(into: &head, count: head.count, at: 0)
        let compression = Compression(of: head[..<count])
        if let name = Compression.unsupportedName(of: head[..<count]) {
            throw ContainerError(
                .sourceUnknown,
                subject: path,
                expected: "a tar archive, plain or compressed by gzip, zstd or xz",
                found: name
            )
        }
        guard compression != .none else {
            return try ArchiveStore(file, size: size, name: path, interruption: interruption)
        }
        let whole = BlobReader(Blob(file: file, offset: 0, size: size, name: path), interruption: interruption)
        let decompressor = try Decompressor(whole, compression: compression) { expected, found in
            ContainerError(.layerDamaged, subject: path, expected: expected, found: found)
        }
        let bytes = BoundedSource(decompressor, budget: .init(limits.layerBytes), name: path)
        var spool = try ContentSpool(in: spoolFolder)
        while case let piece = try bytes.next(), !piece.isEmpty { try spool.append(piece[...]) }
        try decompressor.checkEnd()
        try spool.flush()
        return try ArchiveStore(spool.file, size: spool.byteCount, name: path, interruption: interruption)
    }
}
