/// The checks of Azure confidential VM evidence, in addition to those of its hardware and TPM.
public enum AzureCheck: String, Check {
    case headerInvalid = "azure.header-invalid"
    case sizeMismatch = "azure.size-mismatch"
    case runtimeDataInvalid = "azure.runtime-data-invalid"
    case runtimeDataUnbound = "azure.runtime-data-unbound"
    case keyInvalid = "azure.key-invalid"
    case quoteSignature = "azure.quote-signature"
    case registerSelection = "azure.register-selection"
    case registerDigest = "azure.register-digest"
    case hardwareMissing = "azure.hardware-missing"
    case hardwareReportMismatch = "azure.hardware-report-mismatch"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .headerInvalid:
            Explanation(
                "The report of the host compatibility layer must be of a version that is known.",
                .sender,
                "Read the report anew from the virtual TPM's index 0x01400001."
            )
        case .sizeMismatch:
            Explanation(
                "The sizes that the report states must agree with each other and with its bytes.",
                .sender,
                "Read the report anew from the virtual TPM's index 0x01400001, whole."
            )
        case .runtimeDataInvalid:
            Explanation(
                "The runtime data must be JSON with the virtual TPM's attestation key.",
                .sender,
                "Read the report anew from the virtual TPM's index 0x01400001."
            )
        case .runtimeDataUnbound:
            Explanation(
                "The hardware must have signed the digest of the runtime data, and nothing beside it.",
                .sender,
                "Do not rely on it: the virtual TPM's key is not the one of this machine. Ask the machine again."
            )
        case .keyInvalid:
            Explanation(
                "The virtual TPM's attestation key must be an RSA key for signatures, of 2048 bits or more.",
                .sender,
                "Read the report anew from the virtual TPM's index 0x01400001."
            )
        case .quoteSignature:
            Explanation(
                "The quote must be signed by the virtual TPM's attestation key.",
                .sender,
                "Do not rely on it: the quote was changed, or is of another machine. Ask the machine again."
            )
        case .registerSelection:
            Explanation(
                "The quote must cover the very registers that are presented.",
                .sender,
                "Quote all registers that are sent along, and send no others."
            )
        case .registerDigest:
            Explanation(
                "The registers that are presented must be those that were quoted.",
                .sender,
                "Read the registers anew together with a quote: they changed in between, or were changed since."
            )
        case .hardwareMissing:
            Explanation(
                "The hardware's evidence of the kind that the report names must be at hand.",
                .sender,
                "Send the processor's certificates for an SNP report, or the TD quote for a TDX report, along."
            )
        case .hardwareReportMismatch:
            Explanation(
                "The TD report must be the one that the TD quote was made of.",
                .sender,
                "Make the TD quote of the report that is sent along."
            )
        }
    }
}
