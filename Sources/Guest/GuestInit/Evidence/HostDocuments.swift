import GuestInterface

/// The package's manifest and its signature, received from the host in pieces and not trusted.
///
/// The application passes them to clients, which verify them. The guest bounds their size, checks their order, and compares
/// what the manifest says of the kernel with the measured plan and the running kernel, which no client can look at.
package struct HostDocuments: Equatable {
    /// The manifest's bytes so far.
    package private(set) var manifest: [UInt8] = []
    /// The signature's bytes so far.
    package private(set) var signature: [UInt8] = []

    package init() {}

    /// Appends a piece of the manifest.
    ///
    /// - Parameter piece: The piece's bytes.
    /// - Throws: `guest.host-document` for a piece after the signature's first one, or beyond
    ///   ``HostMessage/maximumManifestLength``.
    package mutating func takeManifest(_ piece: [UInt8]) throws(GuestError) {
        guard signature.isEmpty, manifest.count + piece.count <= HostMessage.maximumManifestLength else {
            throw GuestError(.hostDocument, subject: "the package's manifest")
        }
        manifest += piece
    }

    /// Appends a piece of the signature.
    ///
    /// - Parameter piece: The piece's bytes.
    /// - Throws: `guest.host-document` for a piece before the manifest's first one, or beyond
    ///   ``HostMessage/maximumSignatureLength``.
    package mutating func takeSignature(_ piece: [UInt8]) throws(GuestError) {
        guard !manifest.isEmpty, signature.count + piece.count <= HostMessage.maximumSignatureLength else {
            throw GuestError(.hostDocument, subject: "the manifest's signature")
        }
        signature += piece
    }

    /// Checks, after the host's last piece, that both documents are present or both absent.
    ///
    /// - Throws: `guest.host-document`.
    package func check() throws(GuestError) {
        guard manifest.isEmpty == signature.isEmpty else {
            throw GuestError(.hostDocument, subject: "a manifest without its signature")
        }
    }

    /// Compares what the manifest says of the kernel with what the machine knows.
    ///
    /// Evidence covers the manifest's digest, so that a manifest with another kernel never gets any. The manifest is JSON in
    /// its one spelling, in which the text can be nothing but that member: in a string its quotation marks are escaped.
    ///
    /// - Parameter kernel: The kernel that the measured plan was made for, as it runs.
    /// - Throws: `guest.host-document`.
    package func check(_ kernel: RunningKernel) throws(GuestError) {
        guard !manifest.isEmpty else { return }
        let text = Array(kernel.manifestText.utf8)
        guard manifest.indices.contains(where: { manifest[$0...].starts(with: text) }) else {
            throw GuestError(.hostDocument, subject: "the manifest's kernel, which is not \(kernel.manifestText)")
        }
    }
}
