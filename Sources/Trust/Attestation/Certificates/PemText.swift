import FoundationEssentials

/// Certificates in PEM, one after another, as vendors' services send them.
package enum PemText {
    /// The most certificates that are read from one text.
    package static let maximumCount = 16

    /// Takes the DER of every block of a label.
    ///
    /// Text between the blocks, and bytes of zero behind the last, are passed over.
    ///
    /// - Parameters:
    ///   - text: The PEM, with line ends of either kind.
    ///   - label: The blocks' label.
    ///   - subject: What is read, for the error.
    /// - Returns: In the order of the text.
    /// - Throws: `certificate.malformed` for a block without end or that is no base64, `evidence.too-large` for more
    ///   than ``maximumCount``.
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
