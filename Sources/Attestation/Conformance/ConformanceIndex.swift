public import Foundation

/// A set of vectors: an index in JSON with files beside it.
public struct ConformanceIndex: Sendable {
    /// The largest file that is read.
    public static let maximumFileSize = 64 << 20

    /// The entries in the order of the index.
    public let vectors: [ConformanceVector]

    private let folder: URL

    /// Reads an index.
    ///
    /// - Parameter url: The JSON file: an array of entries.
    /// - Throws: `conformance.index-unreadable` where it cannot be read, `conformance.index-invalid` where it is no
    ///   index.
    public init(reading url: URL) throws(AttestationError) {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw AttestationError(
                ConformanceCheck.indexUnreadable,
                subject: url.path,
                found: error.localizedDescription
            )
        }
        do {
            vectors = try JSONDecoder().decode([ConformanceVector].self, from: data)
        } catch {
            throw AttestationError(ConformanceCheck.indexInvalid, subject: url.path, found: "\(error)")
        }
        folder = url.deletingLastPathComponent()
    }

    /// The files of an entry.
    public func files(of vector: ConformanceVector) -> ConformanceFiles {
        ConformanceFiles(folder: folder, paths: vector.files)
    }
}

/// The files of one entry, read when they are asked for.
public struct ConformanceFiles: Sendable {
    let folder: URL
    let paths: [String: String]

    /// What a file is called in the entry, sorted.
    public var names: [String] { paths.keys.sorted() }

    /// Whether the entry has a file.
    ///
    /// - Parameter name: What it is, such as `report`.
    /// - Returns: Whether the entry names it; the file may still be missing.
    public func has(_ name: String) -> Bool { paths[name] != nil }

    /// Reads a file that the entry may have.
    ///
    /// - Parameter name: What it is, such as `collateral`.
    /// - Returns: nil where the entry has no such file.
    /// - Throws: `conformance.file-unreadable` where its path leaves the index's folder, it cannot be read, or it is
    ///   larger than ``ConformanceIndex/maximumFileSize``.
    public func optional(_ name: String) throws(AttestationError) -> [UInt8]? {
        guard let path = paths[name] else { return nil }
        let unreadable = AttestationError(ConformanceCheck.fileUnreadable, subject: path, fields: [name])
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else { throw unreadable }
        let url = folder.appending(path: path)
        guard let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize,
            size <= ConformanceIndex.maximumFileSize, let data = try? Data(contentsOf: url)
        else { throw unreadable }
        return Array(data)
    }

    /// Reads a file that the entry must have.
    ///
    /// - Parameter name: What it is, such as `report`.
    /// - Returns: Its bytes.
    /// - Throws: `evidence.part-missing` where the entry has none, `conformance.file-unreadable`.
    public func required(_ name: String) throws(AttestationError) -> [UInt8] {
        guard let bytes = try optional(name) else {
            throw AttestationError(EvidenceCheck.partMissing, subject: name)
        }
        return bytes
    }
}
