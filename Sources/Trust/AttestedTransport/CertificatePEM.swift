import SwiftASN1

/// Encodes certificates as PEM (RFC 7468) for files that other programs read.
package enum CertificatePEM {
    /// Encodes a certificate as PEM.
    ///
    /// - Parameter certificate: The certificate in DER; it is not parsed.
    /// - Returns: The text, with a final line break.
    package static func pem(_ certificate: [UInt8]) -> String {
        PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString + "\n"
    }
}
