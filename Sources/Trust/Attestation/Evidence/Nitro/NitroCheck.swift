/// The checks of an AWS Nitro enclave's attestation document.
public enum NitroCheck: String, Check {
    case coseInvalid = "nitro.cose-invalid"
    case algorithm = "nitro.algorithm"
    case fieldMissing = "nitro.field-missing"
    case fieldInvalid = "nitro.field-invalid"
    case fieldUnknown = "nitro.field-unknown"
    case documentSignature = "nitro.document-signature"
    case leafUsage = "nitro.leaf-usage"
    case timestamp = "nitro.timestamp"
    case debug = "nitro.debug"

    /// Whether it is about how the enclave was started, so that a policy may waive it.
    public var isReservation: Bool { self == .debug }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .coseInvalid:
            Explanation(
                "The document must be a COSE_Sign1 message with its content in it.",
                .sender,
                "Send the document as the Nitro security module gave it."
            )
        case .algorithm:
            Explanation(
                "The protected header must name ES384 and nothing else.",
                .sender,
                "Send the document as the Nitro security module gave it."
            )
        case .fieldMissing:
            Explanation(
                "The document must have every field that AWS calls mandatory.",
                .sender,
                "Take the document anew from the Nitro security module."
            )
        case .fieldInvalid:
            Explanation(
                "Every field must be of the type and size that AWS states.",
                .sender,
                "Take the document anew from the Nitro security module."
            )
        case .fieldUnknown:
            Explanation(
                "The document must have no field that AWS does not name.",
                .relyingParty,
                "Use a newer verifier: the document says something that this one does not know."
            )
        case .documentSignature:
            Explanation(
                "The document must be signed by the key of its certificate.",
                .sender,
                "Do not rely on it: the document was changed, or another key signed it. Ask the enclave again."
            )
        case .leafUsage:
            Explanation(
                "The document's certificate must be one for signatures, and no authority.",
                .sender,
                "Take the document anew from the Nitro security module."
            )
        case .timestamp:
            Explanation(
                "The document must not be from the future.",
                .relyingParty,
                "Set the clock right; if it is, do not rely on the document."
            )
        case .debug:
            Explanation(
                "The enclave must not run in debug mode, in which its measurements are zero.",
                .hostOperator,
                "Start the enclave without debug mode; a policy may name `nitro.debug` for tests."
            )
        }
    }
}
