import SwiftASN1

extension TrustAnchor {
    /// Parses a developer's root from a single PEM block; nil for anything else.
    ///
    /// - Parameter pem: `CERTIFICATE`, an authority of virtual TPMs, or `PUBLIC KEY`, a key of developer processes.
    public init?(developerPEM pem: String) {
        let text = pem.drop(while: \.isWhitespace)
        let isAlone = text.hasPrefix("-----BEGIN ") && text.reversed().drop(while: \.isWhitespace).starts(with: "-----")
        guard isAlone, let document = try? PEMDocument(pemString: String(text)) else { return nil }
        switch document.discriminator {
        case "PUBLIC KEY": self.init(insecureDeveloperProcessKey: document.derBytes)
        case "CERTIFICATE":
            guard let anchor = try? TrustAnchor(developerAuthority: document.derBytes) else { return nil }
            self = anchor
        default: return nil
        }
    }
}
