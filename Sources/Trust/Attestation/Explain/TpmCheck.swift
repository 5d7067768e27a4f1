/// The checks of a TPM quote, its event log and the certificates of its keys.
public enum TpmCheck: String, Check {
    case keyUnsuitable = "tpm.key-unsuitable"
    case keyUntrusted = "tpm.key-untrusted"
    case keyOfAnother = "tpm.key-of-another"
    case signatureInvalid = "tpm.signature-invalid"
    case schemeMismatch = "tpm.scheme-mismatch"
    case hashWeak = "tpm.sha1"
    case registersMissing = "tpm.registers-missing"
    case registersMismatch = "tpm.registers-mismatch"
    case clockUnsafe = "tpm.clock-unsafe"
    case certificateUseWrong = "tpm.certificate-use-wrong"
    case credentialKeyUnsupported = "tpm.credential-key-unsupported"
    case credentialMismatch = "tpm.credential-mismatch"

    /// Whether a policy may waive it: a SHA-1 signature, or a clock that may have been set back.
    public var isReservation: Bool { [.hashWeak, .clockUnsafe].contains(self) }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .keyUnsuitable, .keyUntrusted, .keyOfAnother, .certificateUseWrong, .credentialKeyUnsupported,
            .credentialMismatch:
            keyExplanation
        default: quoteExplanation
        }
    }

    private var quoteExplanation: Explanation {
        switch self {
        case .schemeMismatch:
            Explanation(
                "The signature must be of the scheme and the hash that its key is bound to.",
                .sender,
                "Send the signature as the TPM gave it."
            )
        case .hashWeak:
            Explanation(
                "Neither the signature nor the quoted registers may rest on SHA-1.",
                .sender,
                "Quote the SHA-256 bank with a key for SHA-256, or name this reservation in the policy."
            )
        case .registersMissing:
            Explanation(
                "Every register that the quote covers must come along, and no other.",
                .sender,
                "Send the value of each quoted register; a value that the quote does not cover is anyone's word."
            )
        case .registersMismatch:
            Explanation(
                "The values of the registers must hash to the digest in the quote.",
                .sender,
                "Send the registers as they were at the time of the quote; if they changed meanwhile, quote again."
            )
        case .clockUnsafe:
            Explanation(
                "The TPM's clock must not have gone back since it was last written down.",
                .sender,
                "Let the TPM run for an hour, or shut it down orderly, and quote again."
            )
        default:
            Explanation(
                "The quote must be signed by the attestation key.",
                .sender,
                "Take a new quote, and send the public part of the key that signed it."
            )
        }
    }

    private var keyExplanation: Explanation {
        switch self {
        case .keyUnsuitable:
            Explanation(
                "An attestation key must be one that its TPM made, cannot leave it, and signs only what the TPM says.",
                .sender,
                "Make the key restricted, for signing, fixed to the TPM and its parent, and not for decryption."
            )
        case .keyUntrusted:
            Explanation(
                "Somebody who is trusted must vouch that the attestation key lies in a TPM.",
                .relyingParty,
                "Send the key's certificate along, activate a credential for it, or pin its name in the policy."
            )
        case .keyOfAnother:
            Explanation(
                "The certificate must be of the very key that signed.",
                .sender,
                "Send the certificate of this attestation key; this one is of another."
            )
        case .certificateUseWrong:
            Explanation(
                "The certificate of a TPM's key must be issued for that use.",
                .sender,
                "Send a certificate whose extended key usage names an attestation or an endorsement key."
            )
        case .credentialKeyUnsupported:
            Explanation(
                "An endorsement key must be a restricted decryption key: RSA of 2048 bits or more, P-256 or P-384.",
                .sender,
                "Send the public part of the TPM's own endorsement key, as TPM2_ReadPublic gives it."
            )
        default:
            Explanation(
                "The TPM must give back the very credential that was made for it.",
                .sender,
                "Activate the credential with the endorsement key and the attestation key that it was made for."
            )
        }
    }
}
