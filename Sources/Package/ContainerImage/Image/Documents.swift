import RootFileSystem
import StrictJSON

/// A platform in indexes and configurations (OCI image-spec, "Image Index", `platform`).
package struct OCIPlatform: Decodable, Hashable, Sendable, CustomStringConvertible {
    package let os: String
    package let architecture: String
    package let variant: String?

    /// The default platform.
    package static let linux = OCIPlatform(os: "linux", architecture: "amd64", variant: nil)

    init(os: String, architecture: String, variant: String?) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// Parses `os/architecture` or `os/architecture/variant`.
    ///
    /// - Parameter text: The text as the user wrote it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }

    /// Whether an image for the other platform matches; the variant is compared only where this platform has one.
    func accepts(_ other: OCIPlatform) -> Bool {
        os == other.os && architecture == other.architecture && (variant == nil || variant == other.variant)
    }

    package var description: String {
        Printable.text(([os, architecture] + [variant].compactMap(\.self)).joined(separator: "/"))
    }
}

/// A reference to a blob (OCI image-spec, "Content Descriptors").
struct BlobDescriptor: Decodable, Sendable {
    let mediaType: String?
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
}

/// An image's entry in the file `manifest.json` of `docker save`.
struct SavedImage: Decodable {
    static let fileName = "manifest.json"
    let config: String
    let repoTags: [String]?
    let layers: [String]

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
