public import FoundationEssentials

/// A cache of vendors' documents in a directory, so that a vendor is not asked for every connection.
///
/// Concurrent requests for the same document share one upstream request. Where the vendor does not respond, a stale
/// document is returned; its own validity period still applies in verification.
public actor EndorsementCache: EndorsementSource {
    /// The largest document that is stored, in bytes.
    public static let maximumSize = 16 << 20

    private let folder: URL
    private let upstream: (any EndorsementSource)?
    private let now: @Sendable () -> Date
    private var underway: [String: Task<[UInt8]?, any Error>] = [:]

    /// Creates a cache.
    ///
    /// - Parameters:
    ///   - folder: The directory; it is created when a document is stored.
    ///   - upstream: The source of missing or expired documents; nil to work offline.
    ///   - now: The clock.
    public init(
        folder: URL,
        upstream: (any EndorsementSource)?,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.folder = folder
        self.upstream = upstream
        self.now = now
    }

    /// Returns a document from the directory, or from upstream.
    ///
    /// - Parameter request: The document.
    /// - Returns: nil where neither has it.
    /// - Throws: The upstream's errors, where there is no stored document.
    public func document(for request: EndorsementRequest) async throws -> [UInt8]? {
        let kept = kept(request)
        if let kept, kept.isFresh { return kept.bytes }
        guard let upstream else { return kept?.bytes }
        if let task = underway[request.name] { return try await task.value }
        let task = Task { try await upstream.document(for: request) }
        underway[request.name] = task
        defer { underway[request.name] = nil }
        do {
            guard let bytes = try await task.value, bytes.count <= Self.maximumSize else { return kept?.bytes }
            keep(bytes, request)
            return bytes
        } catch {
            guard let kept else { throw error }
            return kept.bytes
        }
    }

    private func file(_ request: EndorsementRequest) -> URL? {
        let isName =
            request.name.utf8.count <= 200 && !request.name.hasPrefix(".")
            && request.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
        return isName && !request.name.isEmpty ? folder.appending(path: request.name) : nil
    }

    private func kept(_ request: EndorsementRequest) -> (bytes: [UInt8], isFresh: Bool)? {
        guard let file = file(request),
            let facts = FileFacts(file), facts.size <= Self.maximumSize,
            let data = try? Data(contentsOf: file)
        else { return nil }
        let isFresh =
            request.maximumAgeInDays.map { now().timeIntervalSince(facts.modified) <= Double($0) * 86_400 } ?? true
        return (Array(data), isFresh)
    }

    /// Stores a document; a directory that cannot be written only causes repeated requests.
    private func keep(_ bytes: [UInt8], _ request: EndorsementRequest) {
        guard let file = file(request) else { return }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? Data(bytes).write(to: file, options: .atomic)
    }
}
