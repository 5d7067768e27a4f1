public import FoundationEssentials

/// A set of vectors: an index in JSON with files beside it.
public struct ConformanceIndex: Sendable {
    /// The entries in the order of the index.
    public let vectors: [ConformanceVector]

    private let folder: URL

    /// Reads an index.
    ///
    /// - Parameter url: The JSON file: an array of entries.
    /// - Throws: `conformance.index-unreadable` where it cannot be read, `conformance.index-invalid` where it is no
    ///   index.
    public init(reading url: URL) throws(AttestationError) {
        let data = try JSONDocument.read(url, orFail: ConformanceCheck.indexUnreadable)
        do throws(JSONDocument.Failure) {
            vectors = try JSONDocument.decode([ConformanceVector].self, data)
        } catch {
            throw AttestationError(ConformanceCheck.indexInvalid, subject: url.path, found: error.text)
        }
        folder = url.deletingLastPathComponent()
    }

    /// The files of an entry.
    ///
    /// - Parameter vector: Of this index.
    /// - Returns: Its files, which are read when they are asked for.
    public func files(of vector: ConformanceVector) -> EvidenceParts {
        EvidenceParts(folder: folder, paths: vector.files)
    }
}
