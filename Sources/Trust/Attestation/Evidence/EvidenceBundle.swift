public import FoundationEssentials
package import StrictJSON

/// Evidence in one JSON file: its kind, and its parts in base64.
///
/// Docs/formats/evidence-bundle.md describes it. The file is not signed; only the parts that the platform signed are.
public struct EvidenceBundle: Sendable {
    /// The bundle format's version.
    public static let formatVersion = 1
    /// The largest file that is parsed, in bytes.
    public static let maximumSize = 64 << 20

    /// The kind of the evidence.
    public let kind: EvidenceKind
    /// The parts by name.
    public let parts: [String: [UInt8]]

    /// Creates a bundle.
    ///
    /// - Parameters:
    ///   - kind: The kind of the evidence.
    ///   - parts: The parts by name.
    public init(kind: EvidenceKind, parts: [String: [UInt8]]) {
        self.kind = kind
        self.parts = parts
    }

    /// Parses a bundle.
    ///
    /// - Parameters:
    ///   - json: The file's content.
    ///   - subject: The file's path, for errors.
    /// - Throws: `evidence.bundle-invalid` for malformed JSON, an unknown or duplicate key, another version, invalid
    ///   base64 or more than ``maximumSize`` bytes; `evidence.kind-unknown`.
    public init(json: Data, subject: String) throws(AttestationError) {
        let file: File
        do throws(JSONError) {
            file = try JSONText.decode(from: Array(json), rules: JSONText.Rules(maximumByteCount: Self.maximumSize))
        } catch {
            throw AttestationError(
                EvidenceCheck.bundleInvalid,
                subject: subject,
                expected: "a bundle of version \(Self.formatVersion)",
                found: error.description
            )
        }
        guard file.version == Self.formatVersion else {
            throw AttestationError(
                EvidenceCheck.bundleInvalid,
                subject: subject,
                fields: ["version"],
                expected: "\(Self.formatVersion)",
                found: "\(file.version)"
            )
        }
        guard let kind = EvidenceKind(rawValue: file.kind) else {
            throw AttestationError(
                EvidenceCheck.kindUnknown,
                subject: subject,
                fields: ["kind"],
                expected: EvidenceKind.allCases.map(\.rawValue).joined(separator: ", "),
                found: file.kind
            )
        }
        self.init(kind: kind, parts: file.parts.mapValues(\.bytes))
    }

    /// Reads a bundle from a file.
    ///
    /// - Parameter url: The file.
    /// - Throws: `evidence.bundle-unreadable`, and the errors of ``init(json:subject:)``.
    public init(reading url: URL) throws(AttestationError) {
        try self.init(json: JSONDocument.read(url, orFail: EvidenceCheck.bundleUnreadable), subject: url.path)
    }

    /// The bundle as JSON, with sorted keys and a final line break.
    public var json: Data {
        let file = File(version: Self.formatVersion, kind: kind.rawValue, parts: parts.mapValues { Base64Bytes($0) })
        return JSONDocument.bytes(file) ?? Data()
    }

    /// Parses the evidence, without verifying it.
    ///
    /// - Returns: The evidence.
    /// - Throws: The errors of the kind's parser, `evidence.part-missing` and `evidence.kind-unknown`.
    public func evidence() throws(AttestationError) -> UnverifiedEvidence {
        try UnverifiedEvidence(kind: kind, parts: EvidenceParts(parts))
    }

    /// The JSON form of a bundle, in a file or in another document.
    package struct File: Codable {
        private enum CodingKeys: String, CodingKey, CaseIterable {
            case version, kind, parts
        }

        package let version: Int
        package let kind: String
        package let parts: [String: Base64Bytes]

        package init(version: Int, kind: String, parts: [String: Base64Bytes]) {
            self.version = version
            self.kind = kind
            self.parts = parts
        }
    }
}
