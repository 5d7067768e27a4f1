/// A document with the chain of who signed it: one file, so that a cache never joins halves of two answers.
///
/// The chain in PEM, a byte of zero, and the document as it came.
public struct ChainedDocument: Sendable, Equatable {
    /// The signer's certificates in PEM, leaf first.
    public let chain: [UInt8]
    /// The document.
    public let body: [UInt8]

    /// Joins the two.
    ///
    /// - Parameters:
    ///   - chain: PEM, which holds no byte of zero.
    ///   - body: The document.
    public init(chain: [UInt8], body: [UInt8]) {
        self.chain = chain
        self.body = body
    }

    /// Takes the two apart; nil where there is no byte of zero.
    ///
    /// - Parameter bytes: As ``bytes`` gives them.
    public init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 0) else { return nil }
        chain = Array(bytes[..<end])
        body = Array(bytes[(end + 1)...])
    }

    /// Both in one.
    public var bytes: [UInt8] { chain + [0] + body }
}
