import Crypto
import FoundationEssentials

/// The package's manifest and signature as a machine presents them, byte for byte.
package struct PackageDocuments: Sendable, Equatable {
    /// The size limit of each document, in bytes.
    package static let maximumSize = 1 << 20

    /// The manifest's bytes; nil where the machine was started without a package.
    package let manifest: [UInt8]?
    /// The bytes of the manifest's signature.
    package let signature: [UInt8]?

    /// Creates the pair.
    ///
    /// - Parameters:
    ///   - manifest: The manifest's bytes; nil for none.
    ///   - signature: The bytes of the manifest's signature.
    package init(manifest: [UInt8]?, signature: [UInt8]?) {
        self.manifest = manifest
        self.signature = signature
    }

    /// No package.
    package static let none = PackageDocuments(manifest: nil, signature: nil)

    /// Reads the files that process 1 wrote; a machine that was started without a package has neither.
    ///
    /// - Parameters:
    ///   - manifest: The manifest's path.
    ///   - signature: The path of its signature.
    /// - Throws: `transport.file-unreadable` where a file exists and cannot be read, or is larger than ``maximumSize``.
    package init(readingFrom manifest: String, _ signature: String) throws(TransportError) {
        self.init(manifest: try Self.bytes(manifest), signature: try Self.bytes(signature))
    }

    private static func bytes(_ path: String) throws(TransportError) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= maximumSize else {
            throw TransportError(.fileUnreadable, subject: path, expected: "at most \(maximumSize) bytes")
        }
        return Array(data)
    }

    /// SHA-256 of the manifest; empty where there is none.
    package var digest: [UInt8] { manifest.map { Array(SHA256.hash(data: $0)) } ?? [] }
}
