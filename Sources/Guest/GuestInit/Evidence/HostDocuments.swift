import GuestInterface

/// The package's manifest and its signature, received from the host in pieces and not trusted.
///
/// The application passes them to clients, which verify them. The guest bounds their size and checks their order only.
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
}
