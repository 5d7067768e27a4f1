import Foundation

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
        var blocks: [[UInt8]] = []
        var open: String?
        for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmingPrefix { $0 == " " }
            if line.hasPrefix("-----BEGIN \(label)-----") {
                open = ""
            } else if line.hasPrefix("-----END \(label)-----"), let body = open {
                guard blocks.count < maximumCount else {
                    throw AttestationError(
                        EvidenceCheck.tooLarge,
                        subject: subject,
                        expected: "at most \(maximumCount) certificates"
                    )
                }
                guard let der = Data(base64Encoded: body) else {
                    throw AttestationError(CertificateCheck.malformed, subject: subject, found: "no base64")
                }
                blocks.append(Array(der))
                open = nil
            } else if open != nil {
                open?.append(contentsOf: line.filter { !$0.isWhitespace })
            }
        }
        guard open == nil else {
            throw AttestationError(CertificateCheck.malformed, subject: subject, found: "a block without its end")
        }
        return blocks
    }
}
