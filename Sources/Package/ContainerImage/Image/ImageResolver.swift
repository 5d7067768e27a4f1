import Glibc
import RootFileSystem

/// Resolves an image in a store from index to configuration, and verifies every document's digest.
struct ImageResolver {
    private static let referenceName = "org.opencontainers.image.ref.name"
    private static let savedName = "io.containerd.image.name"

    let store: any ImageStore
    let choice: ContainerImage.Choice
    let limits: ContainerLimits
    let interruption: Interruption

    /// Reads an OCI layout.
    func layout() throws -> ContainerImage {
        let marker = try document(LayoutMarker.self, try store.required(LayoutMarker.fileName))
        guard marker.imageLayoutVersion == "1.0.0" else {
            throw ContainerError(
                .documentInvalid,
                subject: LayoutMarker.fileName,
                expected: "imageLayoutVersion 1.0.0",
                found: Printable.text(marker.imageLayoutVersion)
            )
        }
        let index = try document(ImageIndex.self, try store.required(ImageIndex.fileName))
        var descriptors = index.manifests
        if let reference = choice.reference {
            descriptors = descriptors.filter { Self.names($0).contains(reference) }
            guard !descriptors.isEmpty else { throw missing(reference, known: index.manifests.flatMap(Self.names)) }
        }
        return try image(among: descriptors, depth: 1)
    }

    /// Reads an archive of `docker save`.
    func saved() throws -> ContainerImage {
        let images = try document([SavedImage].self, try store.required(SavedImage.fileName))
        let chosen = images.filter { image in
            choice.reference.map { (image.repoTags ?? []).contains($0) } ?? true
        }
        guard let image = chosen.first else {
            throw missing(choice.reference ?? "an image", known: images.flatMap { $0.repoTags ?? [] })
        }
        guard chosen.count == 1 else { throw ambiguous(chosen.map { ($0.repoTags ?? []).joined(separator: ", ") }) }
        let blob = try store.required(image.config)
        let bytes = try Document.bytes(blob, interruption: interruption)
        var hasher = Digest.Hasher(.sha256)
        hasher.update(bytes)
        let digest = hasher.digest
        // The file name contains the digest: DIGEST.json, or blobs/sha256/DIGEST.
        let stated = image.config.split(separator: "/").last.map { $0.prefix { $0 != "." } } ?? ""
        guard stated == digest.hexadecimal else {
            throw ContainerError(
                .blobDigestMismatch,
                subject: blob.name,
                expected: Printable.text(String(stated)),
                found: digest.hexadecimal
            )
        }
        let configuration = try configuration(bytes, name: blob.name, layerCount: image.layers.count)
        let layers = try zip(image.layers, configuration.rootFileSystem.layerDigests).enumerated().map { index, pair in
            let name = "layer \(index + 1)"
            return ContainerImage.Layer(
                blob: try store.required(pair.0),
                digest: nil,
                contentDigest: try Digest(pair.1, of: "diff_id of \(name)"),
                compression: nil,
                name: name
            )
        }
        return ContainerImage(
            manifestDigest: nil,
            configurationDigest: digest,
            configuration: configuration,
            layers: layers
        )
    }

    // MARK: private

    private func image(among descriptors: [BlobDescriptor], depth: Int) throws -> ContainerImage {
        var candidates = descriptors
        if descriptors.count > 1 || descriptors.contains(where: { $0.platform != nil }) {
            candidates = descriptors.filter { $0.platform.map(choice.platform.accepts) ?? true }
            // Where a candidate states this platform, candidates without a platform are not considered.
            let stated = candidates.filter { $0.platform != nil }
            if !stated.isEmpty { candidates = stated }
        }
        guard let descriptor = candidates.first else {
            throw platformMissing(descriptors.compactMap(\.platform))
        }
        // The same image under two names is one image.
        guard Set(candidates.map(\.digest)).count == 1 else {
            throw ambiguous(candidates.map { Self.names($0).first ?? $0.digest })
        }
        if let mediaType = descriptor.mediaType, MediaType.indexes.contains(mediaType) {
            guard depth < ContainerLimits.indexDepth else {
                throw ContainerError(
                    .indexTooDeep,
                    subject: Printable.text(descriptor.digest),
                    expected: "at most \(ContainerLimits.indexDepth) indexes, one in the other"
                )
            }
            let (bytes, name) = try checked(descriptor)
            let index = try Document.decode(ImageIndex.self, bytes, name: name)
            return try image(among: index.manifests, depth: depth + 1)
        }
        try MediaType.check(
            descriptor.mediaType,
            in: MediaType.manifests,
            of: "manifest \(Printable.text(descriptor.digest))"
        )
        return try image(manifest: descriptor)
    }

    private func image(manifest descriptor: BlobDescriptor) throws -> ContainerImage {
        let (bytes, name) = try checked(descriptor)
        let manifest = try Document.decode(ImageManifest.self, bytes, name: name)
        guard manifest.schemaVersion == 2, manifest.mediaType ?? descriptor.mediaType == descriptor.mediaType else {
            throw ContainerError(
                .documentInvalid,
                subject: name,
                expected: "schemaVersion 2 and the mediaType that the index states",
                found: "\(manifest.schemaVersion), \(Printable.text(manifest.mediaType ?? "none"))"
            )
        }
        try MediaType.check(manifest.config.mediaType, in: MediaType.configurations, of: "the configuration of \(name)")
        let (configurationBytes, configurationName) = try checked(manifest.config)
        let configuration = try configuration(
            configurationBytes,
            name: configurationName,
            layerCount: manifest.layers.count
        )
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
            manifestDigest: try Digest(descriptor.digest, of: name),
            configurationDigest: try Digest(manifest.config.digest, of: configurationName),
            configuration: configuration,
            layers: layers
        )
    }

    private func configuration(_ bytes: [UInt8], name: String, layerCount: Int) throws -> ImageConfiguration {
        let configuration = try Document.decode(ImageConfiguration.self, bytes, name: name)
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
        return configuration
    }

    private func document<Value: Decodable>(_ type: Value.Type, _ blob: Blob) throws -> Value {
        try Document.decode(type, try Document.bytes(blob, interruption: interruption), name: blob.name)
    }

    /// Reads a document and verifies its size and digest against a descriptor.
    private func checked(_ descriptor: BlobDescriptor) throws -> (bytes: [UInt8], name: String) {
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

    private static func names(_ descriptor: BlobDescriptor) -> [String] {
        [referenceName, savedName].compactMap { descriptor.annotations?[$0] }
    }

    private func platformMissing(_ known: [OCIPlatform]) -> ContainerError {
        ContainerError(
            .platformMissing,
            subject: store.name,
            expected: "an image for \(choice.platform)",
            found: known.isEmpty ? "none" : known.map(\.description).joined(separator: ", ")
        )
    }

    private func ambiguous(_ names: [String]) -> ContainerError {
        ContainerError(
            .imageAmbiguous,
            subject: store.name,
            expected: "one image, or --reference with the name of one",
            found: names.map(Printable.text).joined(separator: ", ")
        )
    }

    private func missing(_ name: String, known: [String]) -> ContainerError {
        ContainerError(
            .imageMissing,
            subject: store.name,
            expected: Printable.text(name),
            found: known.isEmpty ? "none" : known.map(Printable.text).joined(separator: ", ")
        )
    }
}
