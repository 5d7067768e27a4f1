/// A request for a document that a vendor publishes about a platform.
public struct EndorsementRequest: Sendable, Hashable {
    /// A unique name that is also a file name.
    public let name: String
    /// The vendor's URL.
    public let url: String
    /// The number of days after which it is requested again; nil for a document that never changes, such as a
    /// processor's certificate.
    public let maximumAgeInDays: Int?
    /// The response header with the certificate chain of the document's signer; nil where there is none.
    ///
    /// A document with such a header is returned as a ``ChainedDocument``.
    public let chainHeader: String?

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `-` and `.`; at most 200 of them.
    ///   - url: The vendor's URL.
    ///   - maximumAgeInDays: The number of days after which it is requested again.
    ///   - chainHeader: The response header with the certificate chain of the document's signer.
    package init(name: String, url: String, maximumAgeInDays: Int?, chainHeader: String? = nil) {
        self.name = name
        self.url = url
        self.maximumAgeInDays = maximumAgeInDays
        self.chainHeader = chainHeader
    }
}

/// A source of vendors' documents: a cache, a vendor's service, or a test.
///
/// Its documents are not trusted: verification checks every signature and date.
public protocol EndorsementSource: Sendable {
    /// Returns a document.
    ///
    /// - Parameter request: The document.
    /// - Returns: nil where the source does not have it.
    /// - Throws: An error where the source does not respond.
    func document(for request: EndorsementRequest) async throws -> [UInt8]?
}
