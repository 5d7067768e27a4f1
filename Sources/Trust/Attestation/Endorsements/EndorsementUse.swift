import Diagnostics
public import FoundationEssentials

/// Which endorsements a client used for one machine's evidence: its own, and where it had to rest on the host's.
public struct EndorsementUse: Sendable, Equatable {
    /// The client's own documents, in the order of their use.
    public internal(set) var own: [Document] = []
    /// The documents that the client could not bring, with the reason; what the host sent was used, if it sent any.
    public internal(set) var missing: [Missing] = []

    /// A document that the client fetched.
    public struct Document: Sendable, Equatable {
        /// Its name, such as `intel-root.crl`.
        public let name: String
        /// When the client fetched it.
        public let fetched: Date
    }

    /// A document that the client does not have.
    public struct Missing: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Why, in one line.
        public let reason: String
    }

    /// Creates a use of no document.
    public init() {}
}

/// Asks a cache once for each document, and notes what came; it never fails.
actor EndorsementRecorder: EndorsementSource {
    private(set) var use = EndorsementUse()
    private let cache: EndorsementCache
    private let deadline: Deadline
    private var known: [String: [UInt8]?] = [:]

    init(_ cache: EndorsementCache, by deadline: Deadline) {
        self.cache = cache
        self.deadline = deadline
    }

    func document(for request: EndorsementRequest) async -> [UInt8]? {
        if let known = known[request.name] { return known }
        var document: StoredEndorsement?
        var reason = "neither the cache nor the vendor has it"
        do {
            document = try await cache.stored(for: request, by: deadline)
        } catch {
            reason = "\(error)"
        }
        if let document {
            use.own.append(EndorsementUse.Document(name: document.name, fetched: document.fetched))
        } else {
            use.missing.append(EndorsementUse.Missing(name: request.name, reason: reason))
        }
        known[request.name] = .some(document?.bytes)
        return document?.bytes
    }
}
