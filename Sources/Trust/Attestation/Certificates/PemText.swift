import FoundationEssentials

/// Parses concatenated PEM blocks, such as the certificate chains of vendors' services.
package enum PemText {
    /// The maximum number of blocks in one text.
    package static let maximumCount = 16

    /// Decodes every block with a label.
    ///
    /// Text between blocks and zero bytes after the last one are ignored.
    ///
    /// - Parameters:
    ///   - text: The PEM text, with line ends of either kind.
    ///   - label: The blocks' label.
    ///   - subject: What the text is, for errors.
    /// - Returns: The blocks in DER, in order.
    /// - Throws: `certificate.malformed` for an unterminated block or invalid base64, `evidence.too-large` for more
    ///   than ``maximumCount`` blocks.
    package static func blocks(
        _ text: some Collection<UInt8>,
        label: String = "CERTIFICATE",
        subject: String
    ) throws(AttestationError) -> [[UInt8]] {
        let (begin, end) = (Array("-----BEGIN \(label)-----".utf8), Array("-----END \(label)-----".utf8))
        var blocks: [[UInt8]] = []
        var open: [UInt8]?
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = line.drop { $0 == 0x20 }
            if line.starts(with: begin) {
                open = []
            } else if line.starts(with: end), let body = open {
                guard blocks.count < maximumCount else {
                    throw AttestationError(
                        EvidenceCheck.tooLarge,
                        subject: subject,
                        expected: "at most \(maximumCount) certificates"
                    )
                }
                guard let der = Data(base64Encoded: Data(body)) else {
                    throw AttestationError(CertificateCheck.malformed, subject: subject, found: "no base64")
                }
                blocks.append(Array(der))
                open = nil
            } else if open != nil {
                open?.append(contentsOf: line.lazy.filter { $0 != 0x20 && $0 != 0x09 })
            }
        }
        guard open == nil else {
            throw AttestationError(CertificateCheck.malformed, subject: subject, found: "a block without its end")
        }
        return blocks
    }
}
