import Decompression

/// Supported media types (OCI image-spec, "OCI Image Media Types", and Docker's equivalents).
enum MediaType {
    static let indexes: Set<String> = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
    static let manifests: Set<String> = [
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ]
    static let configurations: Set<String> = [
        "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
    ]

    private static let foreign = [
        "application/vnd.oci.image.layer.nondistributable.", "application/vnd.docker.image.rootfs.foreign.",
    ]
    private static let layers: [String: Compression] = [
        "application/vnd.oci.image.layer.v1.tar": .none,
        "application/vnd.oci.image.layer.v1.tar+gzip": .gzip,
        "application/vnd.oci.image.layer.v1.tar+zstd": .zstd,
        "application/vnd.oci.image.layer.v1.tar+xz": .xz,
        "application/vnd.docker.image.rootfs.diff.tar": .none,
        "application/vnd.docker.image.rootfs.diff.tar.gzip": .gzip,
        "application/vnd.docker.image.rootfs.diff.tar.zstd": .zstd,
        "application/vnd.docker.image.rootfs.diff.tar.xz": .xz,
    ]

    /// The compression of a layer with a media type.
    ///
    /// - Throws: `container.layer-encrypted`, `container.layer-foreign`, `container.media-type-unsupported`.
    static func compression(ofLayer mediaType: String?, named name: String) throws(ContainerError) -> Compression {
        let mediaType = mediaType ?? ""
        let found = Printable.text(mediaType)
        if mediaType.hasSuffix("+encrypted") {
            throw ContainerError(.layerEncrypted, subject: name, expected: "a layer in the clear", found: found)
        }
        if foreign.contains(where: { mediaType.hasPrefix($0) }) {
            throw ContainerError(.layerForeign, subject: name, expected: "a layer that comes along", found: found)
        }
        guard let compression = layers[mediaType] else {
            throw ContainerError(
                .mediaTypeUnsupported,
                subject: name,
                expected: "a tar layer: plain, gzip, zstd or xz",
                found: found
            )
        }
        return compression
    }

    /// Whether a media type is that of a layer, of whatever kind.
    static func isLayer(_ mediaType: String?) -> Bool {
        guard let mediaType else { return false }
        return mediaType.contains(".image.layer.") || mediaType.contains(".image.rootfs.")
    }
}
