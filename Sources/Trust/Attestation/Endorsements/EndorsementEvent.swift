/// What went wrong with a client's endorsements, without stopping it: for a log.
public struct EndorsementEvent: Sendable, CustomStringConvertible {
    /// The kinds of event.
    public enum Kind: String, Sendable, CaseIterable {
        /// The vendor or its mirror did not give the document; what is at hand is used.
        case notFetched = "not-fetched"
        /// A file of the cache is damaged; the document is fetched again.
        case damaged
        /// A document cannot be written to the cache's folder; it will be fetched again.
        case notKept = "not-kept"
    }

    /// What happened.
    public let kind: Kind
    /// The document's name, such as `intel-tdx-qe-identity.json`.
    public let document: String
    /// Why, in one line.
    public let reason: String

    /// The event in one line.
    public var description: String { "\(document) \(kind.rawValue): \(reason)" }
}
