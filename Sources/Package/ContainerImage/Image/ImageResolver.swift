import Glibc
import RootFileSystem

/// Resolves an image in a store from index to configuration, and verifies every document's digest.
///
/// ``ContainerImage`` uses it. `ImageResolver+Layout.swift` chooses among a layout's manifests, and
/// `ImageResolver+Saved.swift` among the images of `docker save`.
struct ImageResolver {
    let store: any ImageStore
    let choice: ContainerImage.Choice
    let limits: ContainerLimits
    let interruption: Interruption

    /// A manifest with its configuration, both verified.
    struct ResolvedManifest {
        let descriptor: BlobDescriptor
        let manifest: ImageManifest
        let configuration: ImageConfiguration
        let name: String
    }

    /// Reads an image of a layout or of `docker save`; where a store is both, a layout.
    ///
    /// - Throws: `container.*`, and system errors.
    func image() throws -> ContainerImage {
        let hasSaved = try store.blob(SavedImage.fileName) != nil
        guard try store.blob(LayoutMarker.fileName) != nil, try !hasSaved || store.blob(ImageIndex.fileName) != nil
        else {
            return try saved()
        }
        do {
            return try layout()
        } catch let error as ContainerError where error.code == .imageMissing && hasSaved {
            // Docker's archives are both since version 25, and only manifest.json has the tags as a user writes them.
            return try saved()
        }
    }

    /// Reads the manifest of a descriptor with its configuration.
    ///
    /// - Returns: nil where the manifest is no image's: an artifact, a signature, an attestation.
    /// - Throws: `container.*`, and system errors.
    func manifest(_ descriptor: BlobDescriptor) throws -> ResolvedManifest? {
        let (bytes, name) = try checked(descriptor)
        let manifest = try Document.decode(ImageManifest.self, bytes, name: name)
        let mediaType = descriptor.mediaType ?? manifest.mediaType
        guard manifest.schemaVersion == 2, manifest.mediaType ?? mediaType == mediaType else {
            throw ContainerError(
                .documentInvalid,
                subject: name,
                expected: "schemaVersion 2 and the mediaType that the index states",
                found: "\(manifest.schemaVersion), \(Printable.text(manifest.mediaType ?? "none"))"
            )
        }
        guard manifest.isImage else { return nil }
        let (configurationBytes, configurationName) = try checked(manifest.config)
        let configuration = try Document.decode(
            ImageConfiguration.self,
            configurationBytes,
            name: configurationName
        )
        return ResolvedManifest(descriptor: descriptor, manifest: manifest, configuration: configuration, name: name)
    }

    /// The image of a manifest.
    ///
    /// - Throws: `container.*` for layers that cannot be read, and where the platform is another.
    func image(_ resolved: ResolvedManifest) throws -> ContainerImage {
        let (manifest, configuration) = (resolved.manifest, resolved.configuration)
        try check(configuration, name: manifest.config.digest, layerCount: manifest.layers.count)
        let digests = configuration.rootFileSystem.layerDigests
        let layers = try zip(manifest.layers, digests).enumerated().map { index, pair in
            let name = "layer \(index + 1)"
            let compression = try MediaType.compression(ofLayer: pair.0.mediaType, named: name)
            let digest = try Digest(pair.0.digest, of: name)
            return ContainerImage.Layer(
                blob: try blob(pair.0, digest),
                digest: digest,
                contentDigest: try Digest(pair.1, of: "diff_id of \(name)"),
                compression: compression,
                name: name
            )
        }
        return ContainerImage(
            manifestDigest: try Digest(resolved.descriptor.digest, of: resolved.name),
            configurationDigest: try Digest(manifest.config.digest, of: resolved.name),
            configuration: configuration,
            layers: layers
        )
    }

    /// Checks a configuration against the number of layers and the wanted platform.
    ///
    /// - Throws: `container.document-invalid`, `container.limit-exceeded`, `container.platform-missing`.
    func check(_ configuration: ImageConfiguration, name: String, layerCount: Int) throws {
        let digests = configuration.rootFileSystem.layerDigests
        guard configuration.rootFileSystem.type == "layers", digests.count == layerCount else {
            throw ContainerError(
                .documentInvalid,
                subject: name,
                expected: "rootfs of type layers with \(layerCount) diff_ids, one a layer",
                found: "\(Printable.text(configuration.rootFileSystem.type)) with \(digests.count)"
            )
        }
        guard layerCount <= limits.layers else {
            throw ContainerError(
                .limitExceeded,
                subject: name,
                expected: "at most \(limits.layers) layers",
                found: "\(layerCount)"
            )
        }
        guard choice.platform.accepts(configuration.platform) else { throw platformMissing([configuration.platform]) }
    }

    func document<Value: Decodable>(_ type: Value.Type, _ blob: Blob) throws -> Value {
        try Document.decode(type, try Document.bytes(blob, interruption: interruption), name: blob.name)
    }

    /// Reads a document and verifies its size and digest against a descriptor.
    func checked(_ descriptor: BlobDescriptor) throws -> (bytes: [UInt8], name: String) {
        let digest = try Digest(descriptor.digest, of: "a descriptor")
        let blob = try blob(descriptor, digest)
        let bytes = try Document.bytes(blob, interruption: interruption)
        var hasher = Digest.Hasher(digest.algorithm)
        hasher.update(bytes)
        guard hasher.digest == digest else {
            throw ContainerError(
                .blobDigestMismatch,
                subject: blob.name,
                expected: "\(digest)",
                found: "\(hasher.digest)"
            )
        }
        return (bytes, blob.name)
    }

    private func blob(_ descriptor: BlobDescriptor, _ digest: Digest) throws -> Blob {
        let blob = try store.required("blobs/\(digest.algorithm.rawValue)/\(digest.hexadecimal)")
        guard blob.size == descriptor.size else {
            throw ContainerError(
                .blobSizeMismatch,
                subject: blob.name,
                expected: "\(descriptor.size) bytes",
                found: "\(blob.size)"
            )
        }
        return blob
    }

    // MARK: errors

    func platformMissing(_ known: [OCIPlatform]) -> ContainerError {
        ContainerError(
            .platformMissing,
            subject: store.name,
            expected: "an image for \(choice.platform)",
            found: known.isEmpty ? "none" : known.map(\.description).joined(separator: ", ")
        )
    }

    func ambiguous(_ labels: [String]) -> ContainerError {
        ContainerError(
            .imageAmbiguous,
            subject: store.name,
            expected: "one image, or --reference with the digest or the name of one",
            found: labels.map(Printable.text).joined(separator: ", ")
        )
    }

    func missing(_ name: String, known: [String]) -> ContainerError {
        ContainerError(
            .imageMissing,
            subject: store.name,
            expected: Printable.text(name),
            found: known.isEmpty ? "none" : known.map(Printable.text).joined(separator: ", ")
        )
    }
}
