public import FoundationEssentials

/// The parts of evidence by role: `report`, `vcek`, `quote`, `collateral`.
///
/// The names are those of a conformance index; Docs/formats/conformance-index.md lists them by kind.
public struct EvidenceParts: Sendable {
    /// The largest part that is read, in bytes.
    public static let maximumSize = 64 << 20

    private enum Store: Sendable {
        case memory([String: [UInt8]])
        case files(URL, [String: String])
    }

    private let store: Store

    /// Creates parts in memory.
    ///
    /// - Parameter parts: The parts by name.
    public init(_ parts: [String: [UInt8]]) {
        store = .memory(parts)
    }

    /// Creates parts from files, which are read on access.
    ///
    /// - Parameters:
    ///   - folder: The directory of the files.
    ///   - paths: Paths relative to the directory, by the parts' names; a path that leaves the directory is refused.
    public init(folder: URL, paths: [String: String]) {
        store = .files(folder, paths)
    }

    /// The names of the parts, sorted.
    public var names: [String] {
        switch store {
        case .memory(let parts): parts.keys.sorted()
        case .files(_, let paths): paths.keys.sorted()
        }
    }

    /// Whether there is a part of a name.
    ///
    /// - Parameter name: The name, such as `report`.
    /// - Returns: Whether it is named; its file may still be missing.
    public func has(_ name: String) -> Bool {
        switch store {
        case .memory(let parts): parts[name] != nil
        case .files(_, let paths): paths[name] != nil
        }
    }

    /// Returns an optional part.
    ///
    /// - Parameter name: The name, such as `collateral`.
    /// - Returns: nil where there is no such part.
    /// - Throws: `conformance.file-unreadable` where its path leaves the directory, it cannot be read, or it is larger
    ///   than ``maximumSize``.
    public func optional(_ name: String) throws(AttestationError) -> [UInt8]? {
        switch store {
        case .memory(let parts): return parts[name]
        case .files(let folder, let paths):
            guard let path = paths[name] else { return nil }
            return try Self.read(path, in: folder, name)
        }
    }

    /// Returns a required part.
    ///
    /// - Parameter name: The name, such as `report`.
    /// - Returns: Its bytes.
    /// - Throws: `evidence.part-missing` or `evidence.part-misnamed` where there is none, `conformance.file-unreadable`.
    public func required(_ name: String) throws(AttestationError) -> [UInt8] {
        guard let bytes = try optional(name) else { throw missing(name) }
        return bytes
    }

    private static func read(_ path: String, in folder: URL, _ name: String) throws(AttestationError) -> [UInt8] {
        let unreadable = AttestationError(ConformanceCheck.fileUnreadable, subject: path, fields: [name])
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else { throw unreadable }
        let url = folder.appending(path: path)
        guard let facts = FileFacts(url), facts.size <= maximumSize, let data = try? Data(contentsOf: url)
        else { throw unreadable }
        return Array(data)
    }
}
