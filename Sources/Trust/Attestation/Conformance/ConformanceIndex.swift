public import FoundationEssentials
import StrictJSON

/// A set of conformance vectors: a JSON index with files in the same directory.
public struct ConformanceIndex: Sendable {
    /// The entries in the order of the index.
    public let vectors: [ConformanceVector]

    private let folder: URL

    /// Reads an index.
    ///
    /// - Parameter url: The JSON file, an array of entries.
    /// - Throws: `conformance.index-unreadable` where it cannot be read, `conformance.index-invalid` where it is
    ///   malformed.
    public init(reading url: URL) throws(AttestationError) {
        let data = try JSONDocument.read(url, orFail: ConformanceCheck.indexUnreadable)
        do throws(JSONError) {
            vectors = try JSONText.decode(from: Array(data), unknownNames: .ignored)
        } catch {
            throw AttestationError(ConformanceCheck.indexInvalid, subject: url.path, found: error.description)
        }
        folder = url.deletingLastPathComponent()
    }

    /// The files of an entry.
    ///
    /// - Parameter vector: An entry of this index.
    /// - Returns: Its files, which are read on access.
    public func files(of vector: ConformanceVector) -> EvidenceParts {
        EvidenceParts(folder: folder, paths: vector.files)
    }
}
