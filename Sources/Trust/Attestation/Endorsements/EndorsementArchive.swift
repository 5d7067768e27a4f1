public import FoundationEssentials
import StrictJSON

/// Vendors' documents in one file, for clients without a network.
///
/// Docs/formats/endorsement-archive.md describes it. The file is not signed; each document in it is, by its vendor.
public struct EndorsementArchive: Sendable, Equatable {
    /// The format's version.
    public static let formatVersion = 1
    /// The largest file that is parsed, in bytes.
    public static let maximumSize = 64 << 20

    /// The documents, sorted by name.
    public let documents: [StoredEndorsement]

    /// Creates an archive.
    ///
    /// - Parameter documents: The documents, each name once.
    package init(_ documents: [StoredEndorsement]) {
        self.documents = documents.sorted { $0.name < $1.name }
    }

    /// Parses an archive.
    ///
    /// - Parameters:
    ///   - json: The file's content.
    ///   - subject: The file's path, for errors.
    /// - Throws: `endorsement.archive-invalid` for malformed JSON, an unknown or duplicate key, another version, an invalid
    ///   name or time, a name that occurs twice, or more than ``maximumSize`` bytes.
    public init(json: Data, subject: String) throws(AttestationError) {
        func invalid(_ field: String, _ expected: String, _ found: String? = nil) -> AttestationError {
            AttestationError(
                EndorsementCheck.archiveInvalid,
                subject: subject,
                fields: [field],
                expected: expected,
                found: found
            )
        }
        let file: File
        do throws(JSONError) {
            file = try JSONText.decode(from: Array(json), rules: JSONText.Rules(maximumByteCount: Self.maximumSize))
        } catch {
            throw invalid("file", "an archive of version \(Self.formatVersion)", error.description)
        }
        guard file.version == Self.formatVersion else {
            throw invalid("version", "\(Self.formatVersion)", "\(file.version)")
        }
        var documents: [String: StoredEndorsement] = [:]
        for entry in file.documents {
            guard StoredEndorsement.isName(entry.name), documents[entry.name] == nil else {
                throw invalid("name", "letters, digits, - and ., each name once", entry.name)
            }
            guard let fetched = Date(utcText: Array(entry.fetched.utf8)) else {
                throw invalid("fetched", "a time such as 2026-01-31T12:00:00Z", entry.fetched)
            }
            documents[entry.name] = StoredEndorsement(name: entry.name, fetched: fetched, bytes: entry.content.bytes)
        }
        self.init(Array(documents.values))
    }

    /// Reads an archive from a file.
    ///
    /// - Parameter url: The file.
    /// - Throws: `endorsement.archive-unreadable`, and the errors of ``init(json:subject:)``.
    public init(reading url: URL) throws(AttestationError) {
        if let facts = FileFacts(url), facts.size > Self.maximumSize {
            throw AttestationError(
                EndorsementCheck.archiveInvalid,
                subject: url.path,
                expected: "at most \(Self.maximumSize) bytes",
                found: "\(facts.size) bytes"
            )
        }
        try self.init(json: JSONDocument.read(url, orFail: EndorsementCheck.archiveUnreadable), subject: url.path)
    }

    /// The archive as JSON, with sorted keys and a final line break.
    public var json: Data {
        let entries = documents.map {
            Entry(name: $0.name, fetched: $0.fetched.plain, content: Base64Bytes($0.bytes))
        }
        return JSONDocument.bytes(File(version: Self.formatVersion, documents: entries)) ?? Data()
    }

    subscript(name: String) -> StoredEndorsement? { documents.first { $0.name == name } }

    private struct File: Codable {
        private enum CodingKeys: String, CodingKey, CaseIterable {
            case version, documents
        }

        let version: Int
        let documents: [Entry]
    }

    private struct Entry: Codable {
        private enum CodingKeys: String, CodingKey, CaseIterable {
            case name, fetched, content
        }

        let name: String
        let fetched: String
        let content: Base64Bytes
    }
}
