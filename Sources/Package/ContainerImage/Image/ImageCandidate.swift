/// A manifest that a layout lists, and what its descriptors say of it.
struct ImageCandidate {
    private static let referenceName = "org.opencontainers.image.ref.name"
    private static let savedName = "io.containerd.image.name"
    /// Docker's annotation of an attestation beside an image.
    private static let attestation = "vnd.docker.reference.type"

    let descriptor: BlobDescriptor
    /// The names of the manifest and of the indexes that it is in.
    let names: [String]
    /// The digests of the indexes that it is in.
    let indexes: [String]
    /// The platform that the descriptor states, or the configuration; nil where neither was looked at.
    var platform: OCIPlatform?

    /// - Parameters:
    ///   - descriptor: The manifest's.
    ///   - parents: The descriptors of the indexes that it is in.
    init(_ descriptor: BlobDescriptor, in parents: [BlobDescriptor]) {
        self.descriptor = descriptor
        names = (parents + [descriptor]).flatMap(Self.names)
        indexes = parents.map(\.digest)
        platform = descriptor.platform
    }

    /// Why this is no image, as far as its descriptor says; nil for an image.
    var otherKind: String? {
        if let mediaType = descriptor.mediaType, !MediaType.manifests.contains(mediaType) {
            return Printable.text(mediaType)
        }
        if descriptor.annotations?[Self.attestation] != nil { return "an attestation" }
        if let type = descriptor.artifactType, !type.isEmpty, !MediaType.configurations.contains(type) {
            return "an artifact of type \(Printable.text(type))"
        }
        return platform?.isUnknown == true ? "an entry for no platform" : nil
    }

    /// The text that tells this candidate from others: a name if it has one, its digest, and its platform.
    var label: String {
        let name = names.last.map { "\(Printable.text($0)) " } ?? ""
        let platform = platform.map { " (\($0))" } ?? ""
        return "\(name)\(Printable.text(descriptor.digest))\(platform)"
    }

    /// The names in a descriptor's annotations.
    private static func names(_ descriptor: BlobDescriptor) -> [String] {
        [referenceName, savedName].compactMap { descriptor.annotations?[$0] }
    }
}
