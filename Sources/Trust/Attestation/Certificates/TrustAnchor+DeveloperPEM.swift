import FoundationEssentials

extension TrustAnchor {
    /// Parses a developer's root from a single PEM block; nil for anything else.
    ///
    /// - Parameter pem: `CERTIFICATE`, an authority of virtual TPMs, or `PUBLIC KEY`, a key of developer processes.
    package init?(developerPEM pem: String) {
        let lines = pem.split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        guard lines.count > 2, let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()) else { return nil }
        switch (lines.first, lines.last) {
        case ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"):
            self.init(insecureDeveloperProcessKey: Array(der))
        case ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"):
            guard let anchor = try? TrustAnchor(developerAuthority: Array(der)) else { return nil }
            self = anchor
        default: return nil
        }
    }
}
