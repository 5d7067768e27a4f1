import SwiftASN1

/// A certificate as text (RFC 7468), which is how other programs take it from a file.
package enum CertificatePEM {
    /// Writes a certificate in PEM.
    ///
    /// - Parameter certificate: The certificate in DER; it is not looked into.
    /// - Returns: The text, ended by a line break.
    package static func pem(_ certificate: [UInt8]) -> String {
        PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString + "\n"
    }
}
