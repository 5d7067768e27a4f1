/// The checks of certificate chains and revocation lists.
public enum CertificateCheck: String, Check {
    case malformed = "certificate.malformed"
    case algorithmUnsupported = "certificate.algorithm-unsupported"
    case signatureInvalid = "certificate.signature-invalid"
    case issuerMismatch = "certificate.issuer-mismatch"
    case notAuthority = "certificate.not-authority"
    case pathTooLong = "certificate.path-too-long"
    case extensionUnknown = "certificate.extension-unknown"
    case notYetValid = "certificate.not-yet-valid"
    case expired = "certificate.expired"
    case revoked = "certificate.revoked"
    case rootUnknown = "certificate.root-unknown"
    case chainEmpty = "certificate.chain-empty"
    case listMalformed = "revocation-list.malformed"
    case listSignatureInvalid = "revocation-list.signature-invalid"
    case listIssuerMismatch = "revocation-list.issuer-mismatch"
    case listNotYetValid = "revocation-list.not-yet-valid"
    case listExpired = "revocation-list.expired"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .malformed:
            Explanation(
                "A certificate must be X.509 in DER; a part that holds one may also be a block of PEM.",
                .sender,
                "Send the certificate as its issuer gave it, whole and alone; `openssl x509 -text` says whether it is one."
            )
        case .algorithmUnsupported:
            Explanation(
                "A key or signature must be of an algorithm that its vendor uses.",
                .sender,
                "Send the vendor's own certificate; weaker algorithms are not accepted."
            )
        case .signatureInvalid:
            Explanation(
                "A certificate must be signed by the next one of its chain.",
                .sender,
                "Send the chain that belongs to this evidence: this certificate was changed, or another issued it."
            )
        case .issuerMismatch:
            Explanation(
                "A certificate must name the next one of its chain as its issuer.",
                .sender,
                "Send the chain in order, with every certificate between the leaf and the root."
            )
        case .notAuthority:
            Explanation(
                "A certificate that signs others must be one of an authority.",
                .sender,
                "Send the vendor's chain: this certificate has no right to issue others."
            )
        case .pathTooLong:
            Explanation(
                "A chain must not be longer than its authorities allow.",
                .sender,
                "Send the vendor's chain without certificates of others in it."
            )
        case .extensionUnknown:
            Explanation(
                "Every extension that a certificate calls critical must be understood.",
                .relyingParty,
                "Use a newer verifier: this certificate sets a condition that this one does not know."
            )
        case .notYetValid:
            Explanation(
                "A certificate must be valid already.",
                .relyingParty,
                "Set the clock right; if it is, ask the vendor why the certificate lies in the future."
            )
        case .expired:
            Explanation(
                "A certificate must still be valid.",
                .hostOperator,
                "Fetch a fresh certificate for this machine, or judge the evidence at the time it was made."
            )
        case .revoked:
            Explanation(
                "No certificate of a chain may be revoked.",
                .hostOperator,
                "Do not rely on this machine: its vendor withdrew the certificate. Move to another machine."
            )
        case .rootUnknown:
            Explanation(
                "A chain must end in a root that this verifier was built to trust.",
                .relyingParty,
                "Do not rely on this evidence: who signed it is none of the known vendors."
            )
        case .chainEmpty:
            Explanation(
                "A chain must hold at least the certificate that signed the evidence.",
                .sender,
                "Send the certificates along with the evidence."
            )
        case .listMalformed:
            Explanation(
                "A revocation list must be X.509 in DER.",
                .sender,
                "Fetch the revocation list anew from the vendor."
            )
        case .listSignatureInvalid:
            Explanation(
                "A revocation list must be signed by the authority whose certificates it withdraws.",
                .sender,
                "Fetch the revocation list anew from the vendor: this one was changed."
            )
        case .listIssuerMismatch:
            Explanation(
                "A revocation list must be the one of the authority that issued the certificates.",
                .sender,
                "Fetch the revocation list of that authority: this one belongs to another."
            )
        case .listNotYetValid:
            Explanation(
                "A revocation list must be valid already.",
                .relyingParty,
                "Set the clock right; if it is, fetch the list anew from the vendor."
            )
        case .listExpired:
            Explanation(
                "A revocation list must still be valid.",
                .relyingParty,
                "Fetch a fresh revocation list, or judge the evidence at the time it was made."
            )
        }
    }
}
