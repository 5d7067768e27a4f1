package import AttestedTransport
import Files

/// Key, certificate and evidence as files, for an application that terminates TLS itself.
package struct CredentialFiles: Sendable {
    private let issuer: EvidenceIssuer

    /// Makes the files' source.
    ///
    /// - Parameter issuer: Has the keys, and issues evidence.
    package init(_ issuer: EvidenceIssuer) {
        self.issuer = issuer
    }

    /// Writes `key.pem`, which its owner alone may read, `certificate.pem` and `evidence.json`.
    ///
    /// - Parameter folder: Must exist, in memory: a key on a disk is not secret from the host.
    /// - Throws: `transport.file-unwritable`, and the errors of the evidence source.
    package func write(to folder: String) async throws {
        let evidence = try await issuer.document(nonce: String(repeating: "0", count: 2 * Challenge.size))
        let certificate = CertificatePEM.pem(issuer.identity.certificate)
        try Self.write(Array(issuer.identity.tlsKeyPEM.utf8) + [0x0a], "\(folder)/key.pem", 0o400)
        try Self.write(Array(certificate.utf8), "\(folder)/certificate.pem", 0o444)
        try Self.write(evidence, "\(folder)/evidence.json", 0o444)
    }

    private static func write(_ bytes: [UInt8], _ path: String, _ permissions: UInt32) throws(TransportError) {
        do throws(FileError) {
            let file = try AtomicFile<FileError>(path, replacing: true, permissions: permissions)
            try file.file.write(bytes[...], at: 0)
            try file.commit()
        } catch {
            throw TransportError(.fileUnwritable, subject: path, found: error.code.rawValue)
        }
    }
}
