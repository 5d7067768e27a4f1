import RootFileSystem

extension ImageResolver {
    /// The largest number of images in an archive of `docker save`.
    private static let maximumImages = 1_000

    /// An entry of `manifest.json` with its configuration.
    private struct SavedCandidate {
        let image: SavedImage
        let digest: Digest
        let configuration: ImageConfiguration
        let name: String

        var names: [String] { image.repoTags ?? [] }
        var label: String { "\((names + ["\(digest)"]).joined(separator: " ")) (\(configuration.platform))" }
    }

    /// Reads an archive of `docker save`, or of another program that writes the same `manifest.json`.
    func saved() throws -> ContainerImage {
        let images = try document([SavedImage].self, try store.required(SavedImage.fileName))
        let candidates = try named(images).map(candidate)
        guard !candidates.isEmpty else {
            throw missing(choice.reference ?? "an image", known: images.flatMap { $0.repoTags ?? [] })
        }
        let ranked = candidates.compactMap { candidate in
            choice.platform.distance(to: candidate.configuration.platform).map { (candidate, $0) }
        }
        let least = ranked.map(\.1).min()
        let best = ranked.filter { $0.1 == least }.map(\.0)
        guard let chosen = best.first else { throw platformMissing(candidates.map(\.configuration.platform)) }
        guard Set(best.map(\.digest)).count == 1 else { throw ambiguous(best.map(\.label)) }
        return try image(chosen)
    }

    // MARK: private

    private func named(_ images: [SavedImage]) throws -> [SavedImage] {
        guard images.count <= Self.maximumImages else {
            throw ContainerError(.limitExceeded, subject: store.name, expected: "at most \(Self.maximumImages) images")
        }
        guard let reference = choice.reference.map(ImageReference.init) else { return images }
        let named = images.filter { reference.matches($0.repoTags ?? []) }
        guard named.isEmpty, reference.digest != nil else { return named }
        return try images.filter { reference.matches(digests: ["\(try candidate($0).digest)"]) }
    }

    private func candidate(_ image: SavedImage) throws -> SavedCandidate {
        let blob = try store.required(image.config)
        let bytes = try Document.bytes(blob, interruption: interruption)
        var hasher = Digest.Hasher(.sha256)
        hasher.update(bytes)
        let digest = hasher.digest
        if let stated = Self.statedDigest(image.config), stated != digest.hexadecimal {
            throw ContainerError(
                .blobDigestMismatch,
                subject: blob.name,
                expected: stated,
                found: digest.hexadecimal
            )
        }
        return SavedCandidate(
            image: image,
            digest: digest,
            configuration: try Document.decode(ImageConfiguration.self, bytes, name: blob.name),
            name: blob.name
        )
    }

    /// The digest that a file's name states; nil where it states none.
    ///
    /// Docker, podman, skopeo and nix call a configuration `HEX.json`, go-containerregistry (crane, kaniko, ko, apko)
    /// `sha256:HEX`, jib `config.json`, and Docker since version 25 and rules_oci `blobs/sha256/HEX`.
    private static func statedDigest(_ path: String) -> String? {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard let last = path.split(separator: "/").last?.split(separator: ":").last else { return nil }
        let name = last.prefix { $0 != "." }
        return name.utf8.count == 64 && name.utf8.allSatisfy(isDigit) ? String(name) : nil
    }

    private func image(_ candidate: SavedCandidate) throws -> ContainerImage {
        let files = candidate.image.layers ?? []
        try check(candidate.configuration, name: candidate.name, layerCount: files.count)
        let digests = candidate.configuration.rootFileSystem.layerDigests
        let layers = try zip(files, digests).enumerated().map { index, pair in
            let name = "layer \(index + 1)"
            let contentDigest = try Digest(pair.1, of: "diff_id of \(name)")
            return ContainerImage.Layer(
                blob: try store.required(pair.0),
                digest: try Self.layerDigest(pair.0, contentDigest),
                contentDigest: contentDigest,
                compression: nil,
                name: name
            )
        }
        return ContainerImage(
            manifestDigest: nil,
            configurationDigest: candidate.digest,
            configuration: candidate.configuration,
            layers: layers
        )
    }

    /// The digest of a layer's blob that its file's name states.
    ///
    /// go-containerregistry and jib write `HEX.tar.gz`, others `sha256:HEX` and `blobs/sha256/HEX`. In `HEX/layer.tar` and
    /// `HEX.tar` of Docker and skopeo the digits are another digest. A name with the diff_id states nothing more.
    private static func layerDigest(_ path: String, _ contentDigest: Digest) throws -> Digest? {
        let isOfBlob = path.hasSuffix(".tar.gz") || path.contains("sha256:") || path.hasPrefix("blobs/sha256/")
        guard isOfBlob, let stated = statedDigest(path), stated != contentDigest.hexadecimal else { return nil }
        return try Digest("sha256:\(stated)", of: path)
    }
}
