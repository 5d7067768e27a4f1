import GuestInterface

/// The package's manifest and its signature, as they come from the host in pieces; nothing of it is trusted.
///
/// The application hands them on to clients, who check them. Here only their size and their order are bounded.
package struct HostDocuments: Equatable {
    /// The manifest's bytes so far.
    package private(set) var manifest: [UInt8] = []
    /// The signature's bytes so far.
    package private(set) var signature: [UInt8] = []

    package init() {}

    /// Takes the next piece of the manifest.
    ///
    /// - Parameter piece: Its bytes.
    /// - Throws: `guest.host-document` for a piece after the signature's first, or for more than a manifest may have.
    package mutating func takeManifest(_ piece: [UInt8]) throws(GuestError) {
        guard signature.isEmpty, manifest.count + piece.count <= HostMessage.maximumManifestLength else {
            throw GuestError(.hostDocument, subject: "the package's manifest")
        }
        manifest += piece
    }

    /// Takes the next piece of the signature.
    ///
    /// - Parameter piece: Its bytes.
    /// - Throws: `guest.host-document` for a piece before any of the manifest, or for more than a signature may have.
    package mutating func takeSignature(_ piece: [UInt8]) throws(GuestError) {
        guard !manifest.isEmpty, signature.count + piece.count <= HostMessage.maximumSignatureLength else {
            throw GuestError(.hostDocument, subject: "the manifest's signature")
        }
        signature += piece
    }

    /// Refuses one without the other, once the host has no more.
    ///
    /// - Throws: `guest.host-document`.
    package func check() throws(GuestError) {
        guard manifest.isEmpty == signature.isEmpty else {
            throw GuestError(.hostDocument, subject: "a manifest without its signature")
        }
    }
}
