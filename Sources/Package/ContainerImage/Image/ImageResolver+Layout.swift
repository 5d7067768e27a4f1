import RootFileSystem

extension ImageResolver {
    /// The largest number of manifests in all indexes together.
    private static let maximumManifests = 10_000
    /// The largest number of manifests that are read to find out their platforms.
    private static let maximumReads = 1_000

    /// Reads an OCI layout.
    ///
    /// Of several images the one is chosen that the reference names and that fits the platform best. What is no image
    /// (artifacts, attestations, signatures) is passed over where something else is left.
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
        var candidates: [ImageCandidate] = []
        for descriptor in index.manifests {
            try collect(descriptor, in: [], to: &candidates)
        }
        return try image(among: try named(candidates))
    }

    // MARK: private

    /// Collects the manifests of a descriptor: itself, or those of the index that it describes.
    private func collect(
        _ descriptor: BlobDescriptor,
        in parents: [BlobDescriptor],
        to candidates: inout [ImageCandidate]
    ) throws {
        guard candidates.count < Self.maximumManifests else {
            throw ContainerError(
                .limitExceeded,
                subject: store.name,
                expected: "at most \(Self.maximumManifests) manifests"
            )
        }
        guard let mediaType = descriptor.mediaType, MediaType.indexes.contains(mediaType) else {
            candidates.append(ImageCandidate(descriptor, in: parents))
            return
        }
        guard parents.count + 1 < ContainerLimits.indexDepth else {
            throw ContainerError(
                .indexTooDeep,
                subject: Printable.text(descriptor.digest),
                expected: "at most \(ContainerLimits.indexDepth) indexes, one in the other"
            )
        }
        let (bytes, name) = try checked(descriptor)
        let index = try Document.decode(ImageIndex.self, bytes, name: name)
        for child in index.manifests {
            try collect(child, in: parents + [descriptor], to: &candidates)
        }
        // An empty index counts, too, so that the number of documents is bounded.
        if index.manifests.isEmpty { candidates.append(ImageCandidate(descriptor, in: parents)) }
    }

    /// The candidates that the reference names; all where there is none.
    private func named(_ candidates: [ImageCandidate]) throws -> [ImageCandidate] {
        guard let reference = choice.reference.map(ImageReference.init) else { return candidates }
        let named = candidates.filter {
            reference.matches($0.names) || reference.matches(digests: $0.indexes + [$0.descriptor.digest])
        }
        guard named.isEmpty else { return named }
        if reference.digest != nil {
            // The digest of a configuration, which Docker calls the image ID.
            let owners = try distinct(candidates.filter { $0.otherKind == nil }).filter { candidate in
                guard let resolved = try present(candidate) else { return false }
                return reference.matches(digests: [resolved.manifest.config.digest])
            }
            if !owners.isEmpty { return owners }
        }
        throw missing(reference.text, known: candidates.filter { $0.otherKind == nil }.map(\.label))
    }

    private func image(among candidates: [ImageCandidate]) throws -> ContainerImage {
        let images = distinct(candidates.filter { $0.otherKind == nil })
        guard !images.isEmpty else { throw noImage(candidates) }
        if images.count == 1, let only = images.first {
            if let platform = only.platform, !choice.platform.accepts(platform) { throw platformMissing([platform]) }
            guard let resolved = try manifest(only.descriptor) else { throw noImage([only]) }
            return try image(resolved)
        }
        // Descriptors with a platform first: nothing has to be read for them.
        let best = try best(of: images.filter { $0.platform != nil }).nonEmpty ?? best(of: looked(images))
        guard let chosen = best.first else {
            throw platformMissing(images.compactMap(\.platform))
        }
        let resolved = try best.count == 1 ? [manifest(chosen.descriptor)].compactMap(\.self) : best.compactMap(present)
        guard let first = resolved.first else { throw noImage(best) }
        guard resolved.count == 1 else { throw ambiguous(best.map(\.label)) }
        return try image(first)
    }

    /// The candidates without a platform, with that of their configurations.
    private func looked(_ candidates: [ImageCandidate]) throws -> [ImageCandidate] {
        let unknown = candidates.filter { $0.platform == nil }
        guard unknown.count <= Self.maximumReads else { throw ambiguous(unknown.prefix(10).map(\.label)) }
        return try unknown.compactMap { candidate in
            guard let resolved = try present(candidate) else { return nil }
            var candidate = candidate
            candidate.platform = resolved.configuration.platform
            return candidate
        }
    }

    /// The candidates that fit the platform best; an image that states no platform fits any, after those that do.
    private func best(of candidates: [ImageCandidate]) -> [ImageCandidate] {
        let ranked = candidates.compactMap { candidate in
            candidate.platform.flatMap { choice.platform.distance(to: $0) }.map { (candidate, $0) }
        }
        let least = ranked.map(\.1).min()
        return ranked.filter { $0.1 == least }.map(\.0)
    }

    /// Reads a candidate; nil for one that is no image, or whose blobs are not in the store, as in a partial copy.
    private func present(_ candidate: ImageCandidate) throws -> ResolvedManifest? {
        do {
            return try manifest(candidate.descriptor)
        } catch let error as ContainerError where error.code == .blobMissing {
            return nil
        }
    }

    /// One candidate for each digest: the same image under two names is one image.
    private func distinct(_ candidates: [ImageCandidate]) -> [ImageCandidate] {
        var seen: Set<String> = []
        return candidates.filter { seen.insert($0.descriptor.digest).inserted }
    }

    private func noImage(_ candidates: [ImageCandidate]) -> ContainerError {
        guard let first = candidates.first else { return platformMissing([]) }
        return ContainerError(
            .mediaTypeUnsupported,
            subject: "manifest \(Printable.text(first.descriptor.digest))",
            expected: "an image's manifest, with a configuration and layers",
            found: candidates.map { $0.otherKind ?? "an artifact" }.prefix(10).joined(separator: ", ")
        )
    }
}

extension Array {
    /// The array, or nil for no elements.
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
