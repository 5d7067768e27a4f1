import RootFileSystem
import StrictJSON

/// A reference to a blob (OCI image-spec, "Content Descriptors").
struct BlobDescriptor: Decodable, Sendable {
    let mediaType: String?
    let artifactType: String?
    let digest: String
    let size: Int
    let urls: [String]?
    let annotations: [String: String]?
    let platform: OCIPlatform?
}

/// The file `oci-layout` (OCI image-spec, "Image Layout").
struct LayoutMarker: Decodable {
    static let fileName = "oci-layout"
    let imageLayoutVersion: String
}

/// An index of images (OCI image-spec, "Image Index"; Docker's manifest list).
struct ImageIndex: Decodable {
    static let fileName = "index.json"
    let schemaVersion: Int
    let manifests: [BlobDescriptor]
}

/// An image's manifest (OCI image-spec, "Image Manifest"; Docker's "Image Manifest V 2, Schema 2").
struct ImageManifest: Decodable {
    let schemaVersion: Int
    let mediaType: String?
    let artifactType: String?
    let config: BlobDescriptor
    let layers: [BlobDescriptor]

    /// Whether the manifest is an image's, and not an artifact's or a signature's.
    var isImage: Bool {
        guard let mediaType = config.mediaType, MediaType.configurations.contains(mediaType) else { return false }
        if let artifactType, !artifactType.isEmpty, !MediaType.configurations.contains(artifactType) { return false }
        return layers.isEmpty || layers.contains { MediaType.isLayer($0.mediaType) }
    }
}

/// An image's entry in the file `manifest.json` of `docker save`.
struct SavedImage: Decodable {
    static let fileName = "manifest.json"
    let config: String
    let repoTags: [String]?
    /// The layers' files; nil for an image without layers.
    let layers: [String]?

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
    }
}

/// Reads and decodes untrusted JSON documents.
enum Document {
    /// Reads a document without verifying its digest.
    ///
    /// - Throws: `container.document-too-large`.
    static func bytes(_ blob: Blob, interruption: Interruption) throws -> [UInt8] {
        guard blob.size <= ContainerLimits.documentBytes else {
            throw ContainerError(
                .documentTooLarge,
                subject: blob.name,
                expected: "at most \(ContainerLimits.documentBytes) bytes",
                found: "\(blob.size)"
            )
        }
        let reader = BlobReader(blob, interruption: interruption)
        var bytes: [UInt8] = []
        while case let piece = try reader.next(), !piece.isEmpty { bytes += piece }
        return bytes
    }

    /// Decodes a document.
    ///
    /// - Throws: `container.document-invalid`, with the position in the document.
    static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ bytes: [UInt8],
        name: String
    ) throws(ContainerError) -> Value {
        do throws(JSONError) {
            return try JSONText.decode(from: bytes, unknownNames: .ignored)
        } catch {
            let found = Printable.text(error.description)
            throw ContainerError(.documentInvalid, subject: name, expected: "\(type)", found: found)
        }
    }
}
