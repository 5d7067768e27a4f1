/// A document that a vendor publishes about a platform, and where.
public struct EndorsementRequest: Sendable, Hashable {
    /// A name that is a file's name too, the same for the same document.
    public let name: String
    /// Where the vendor publishes it.
    public let url: String
    /// After how many days it is asked for anew; nil for what never changes, such as a processor's certificate.
    public let maximumAgeInDays: Int?
    /// The header of the answer in which the chain of the document's signer comes along; nil where it has none.
    ///
    /// A document that has one is given as a ``ChainedDocument``.
    public let chainHeader: String?

    /// Names a document.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `-` and `.`; not more than 200 of them.
    ///   - url: Where the vendor publishes it.
    ///   - maximumAgeInDays: After how many days it is asked for anew.
    ///   - chainHeader: The header in which the chain of the document's signer comes along.
    package init(name: String, url: String, maximumAgeInDays: Int?, chainHeader: String? = nil) {
        self.name = name
        self.url = url
        self.maximumAgeInDays = maximumAgeInDays
        self.chainHeader = chainHeader
    }
}

/// Where documents of vendors come from: a cache, a vendor's service, or a test.
///
/// What it gives is not trusted: verification looks at every signature and date.
public protocol EndorsementSource: Sendable {
    /// Gives a document.
    ///
    /// - Parameter request: Which one.
    /// - Returns: nil where the source has none.
    /// - Throws: Where the source does not answer.
    func document(for request: EndorsementRequest) async throws -> [UInt8]?
}
