/// The checks of an Intel SGX or TDX quote and its collateral.
public enum DcapCheck: String, Check {
    case quoteSignatureInvalid = "dcap.quote-signature-invalid"
    case attestationKeyInvalid = "dcap.attestation-key-invalid"
    case attestationKeyUnbound = "dcap.attestation-key-unbound"
    case quotingEnclaveSignatureInvalid = "dcap.qe-signature-invalid"
    case quotingEnclaveMismatch = "dcap.qe-mismatch"
    case quotingEnclaveUnsupported = "dcap.qe-unsupported"
    case platformCertificateInvalid = "dcap.pck-invalid"
    case platformCertificateMissing = "dcap.pck-missing"
    case platformCertificateOfAnother = "dcap.pck-of-another"
    case collateralMalformed = "dcap.collateral-malformed"
    case collateralSignerWrong = "dcap.collateral-signer-wrong"
    case collateralSignatureInvalid = "dcap.collateral-signature-invalid"
    case collateralNotYetValid = "dcap.collateral-not-yet-valid"
    case collateralExpired = "dcap.collateral-expired"
    case collateralOfAnother = "dcap.collateral-of-another"
    case levelUnsupported = "dcap.tcb-unsupported"
    case levelRevoked = "dcap.tcb-revoked"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .quoteSignatureInvalid, .attestationKeyInvalid, .attestationKeyUnbound, .quotingEnclaveSignatureInvalid:
            signatureExplanation
        case .quotingEnclaveMismatch, .quotingEnclaveUnsupported, .levelUnsupported, .levelRevoked: levelExplanation
        case .platformCertificateInvalid, .platformCertificateMissing, .platformCertificateOfAnother:
            platformExplanation
        default: collateralExplanation
        }
    }

    private var signatureExplanation: Explanation {
        switch self {
        case .attestationKeyInvalid:
            Explanation(
                "The quote's attestation key must be a point of the curve P-256.",
                .sender,
                "Take a new quote from the platform: this one was changed on its way."
            )
        case .attestationKeyUnbound:
            Explanation(
                "The quoting enclave's report must carry the hash of the attestation key and the authentication data.",
                .sender,
                "Do not rely on this quote: its key is not one that the quoting enclave made. Take a new one."
            )
        case .quotingEnclaveSignatureInvalid:
            Explanation(
                "The quoting enclave's report must be signed by the platform's certified key.",
                .sender,
                "Send the quote with the certificates of the machine that made it; this report or its signature differs."
            )
        default:
            Explanation(
                "The quote must be signed by its attestation key, header and body alike.",
                .sender,
                "Take a new quote from the platform: this one was changed after it was signed."
            )
        }
    }

    private var levelExplanation: Explanation {
        switch self {
        case .quotingEnclaveMismatch:
            Explanation(
                "The quoting enclave must be the one that Intel describes.",
                .hostOperator,
                "Run Intel's own quoting enclave on the machine; this quote comes from another."
            )
        case .quotingEnclaveUnsupported:
            Explanation(
                "Intel must state a level for the quoting enclave's security version.",
                .hostOperator,
                "Update the quoting enclave of the machine: its version is below every level."
            )
        case .levelRevoked:
            Explanation(
                "No part of the platform may be at a level that Intel revoked.",
                .hostOperator,
                "Update the machine's firmware, TDX module and quoting enclave, or move to another machine."
            )
        default:
            Explanation(
                "Intel must state a level for the platform's security versions.",
                .hostOperator,
                "Update the machine's firmware and microcode: its versions are below every level that Intel states."
            )
        }
    }

    private var platformExplanation: Explanation {
        switch self {
        case .platformCertificateMissing:
            Explanation(
                "The platform's certificate (PCK) must come with the quote or with its collateral.",
                .sender,
                "Send the certificate along: this quote names it, but does not hold it."
            )
        case .platformCertificateOfAnother:
            Explanation(
                "The platform's certificate must be the one that the quote names.",
                .sender,
                "Send the certificate for these security versions: this one is of another platform or update."
            )
        default:
            Explanation(
                "The platform's certificate must be one that Intel issues for provisioning, with all its values.",
                .sender,
                "Send Intel's certificate for this machine: this one is not meant to certify a platform."
            )
        }
    }

    private var collateralExplanation: Explanation {
        switch self {
        case .collateralSignerWrong:
            Explanation(
                "Collateral must be signed with Intel's certificate for signing it.",
                .sender,
                "Fetch the document with its own issuer chain from Intel: another Intel certificate does not do."
            )
        case .collateralSignatureInvalid:
            Explanation(
                "Collateral must be signed over its very bytes.",
                .sender,
                "Fetch the document anew from Intel, and pass on its bytes as they come, without writing them again."
            )
        case .collateralNotYetValid:
            Explanation(
                "Collateral must be issued already.",
                .relyingParty,
                "Set the clock right; if it is, fetch the document that was valid when the quote was made."
            )
        case .collateralExpired:
            Explanation(
                "Collateral must not be older than its own date for the next.",
                .relyingParty,
                "Fetch fresh collateral from Intel, or judge the quote at the time it was made."
            )
        case .collateralOfAnother:
            Explanation(
                "Collateral must be about this technology, this platform and this authority.",
                .sender,
                "Fetch the collateral for the FMSPC in the platform's certificate, and for SGX or TDX as the quote is."
            )
        default:
            Explanation(
                "Collateral must be complete and well formed.",
                .sender,
                "Fetch the collateral anew from Intel, and send every part of it."
            )
        }
    }
}
