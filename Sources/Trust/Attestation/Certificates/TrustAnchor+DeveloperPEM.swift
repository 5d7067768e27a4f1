import FoundationEssentials

extension TrustAnchor {
    /// Reads a developer's root: one block and nothing else; nil for anything else.
    ///
    /// - Parameter pem: `CERTIFICATE`, an authority of virtual TPMs, or `PUBLIC KEY`, a key of processes.
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
