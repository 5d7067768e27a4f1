import Foundation
import RootFileSystem

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
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw ContainerError(.documentInvalid, subject: name, expected: "\(type)", found: error.place)
        } catch {
            throw ContainerError(.documentInvalid, subject: name, expected: "\(type)", found: "no JSON")
        }
    }
}

extension DecodingError {
    /// The failure and its coding path.
    fileprivate var place: String {
        let (words, path): (String, [any CodingKey]) =
            switch self {
            case .typeMismatch(let type, let context): ("no \(type)", context.codingPath)
            case .valueNotFound(let type, let context): ("null instead of \(type)", context.codingPath)
            case .keyNotFound(let key, let context): ("no \(key.stringValue)", context.codingPath)
            case .dataCorrupted(let context): ("no JSON, or a value out of bounds", context.codingPath)
            @unknown default: ("something else", [])
            }
        let place = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return Printable.text(place.isEmpty ? words : "\(words) at \(place)")
    }
}
