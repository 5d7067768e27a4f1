/// A signed document with its signer's certificate chain in one file, so that a cache cannot mix two responses.
///
/// Encoding: the chain in PEM, a zero byte, and the document as received.
public struct ChainedDocument: Sendable, Equatable {
    /// The signer's certificates in PEM, leaf first.
    public let chain: [UInt8]
    /// The document.
    public let body: [UInt8]

    /// Creates a document from its parts.
    ///
    /// - Parameters:
    ///   - chain: PEM text, which has no zero byte.
    ///   - body: The document.
    public init(chain: [UInt8], body: [UInt8]) {
        self.chain = chain
        self.body = body
    }

    /// Splits the encoding; nil where there is no zero byte.
    ///
    /// - Parameter bytes: The encoding, as ``bytes`` returns it.
    public init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 0) else { return nil }
        chain = Array(bytes[..<end])
        body = Array(bytes[(end + 1)...])
    }

    /// The encoding of both parts.
    public var bytes: [UInt8] { chain + [0] + body }
}
