import SwiftASN1

/// Parses concatenated PEM blocks (RFC 7468), such as the certificate chains of vendors' services.
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
    /// - Throws: `certificate.malformed` for an unterminated block, lines of another length than 64 or invalid base64,
    ///   `evidence.too-large` for more than ``maximumCount`` blocks.
    package static func blocks(
        _ text: some Collection<UInt8>,
        label: String = "CERTIFICATE",
        subject: String
    ) throws(AttestationError) -> [[UInt8]] {
        let begin = Array("-----BEGIN ".utf8)
        // Counted before decoding, so that a long text is refused early.
        let starts = text.split(separator: 0x0A).count { $0.drop { $0 == 0x20 }.starts(with: begin) }
        guard starts <= maximumCount else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: subject,
                expected: "at most \(maximumCount) certificates"
            )
        }
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: text, as: UTF8.self))
            guard documents.count == starts else {
                throw malformed(subject)
            }
            return documents.filter { $0.discriminator == label }.map(\.derBytes)
        } catch let error as AttestationError {
            throw error
        } catch {
            throw malformed(subject)
        }
    }

    private static func malformed(_ subject: String) -> AttestationError {
        AttestationError(
            CertificateCheck.malformed,
            subject: subject,
            fields: ["certificate"],
            expected: "whole blocks of PEM: a line BEGIN, base64 in lines of 64, a line END",
            found: "a block that is no PEM"
        )
    }
}
