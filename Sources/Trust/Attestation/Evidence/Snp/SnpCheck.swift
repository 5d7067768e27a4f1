/// The checks of an AMD SEV-SNP report.
public enum SnpCheck: String, Check {
    case version = "snp.version"
    case signatureAlgorithm = "snp.signature-algorithm"
    case policyReserved = "snp.policy-reserved"
    case vmplInvalid = "snp.vmpl-invalid"
    case keyInfoReserved = "snp.key-info-reserved"
    case mustBeZero = "snp.must-be-zero"
    case productUnknown = "snp.product-unknown"
    case productMismatch = "snp.product-mismatch"
    case certificateKind = "snp.certificate-kind"
    case certificateExtension = "snp.certificate-extension"
    case tcbMismatch = "snp.tcb-mismatch"
    case chipMismatch = "snp.chip-mismatch"
    case chipMasked = "snp.chip-masked"
    case reportSignature = "snp.report-signature"
    case tableInvalid = "snp.table-invalid"
    case debug = "snp.debug"
    case migrationAgent = "snp.migration-agent"
    case vmpl1 = "snp.vmpl-1"
    case vmpl2 = "snp.vmpl-2"
    case vmpl3 = "snp.vmpl-3"

    /// Whether it is about a choice of the guest's owner, so that a policy may waive it.
    public var isReservation: Bool { [.debug, .migrationAgent, .vmpl1, .vmpl2, .vmpl3].contains(self) }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .version, .signatureAlgorithm, .policyReserved, .vmplInvalid, .keyInfoReserved, .mustBeZero:
            formatExplanation
        case .productUnknown, .productMismatch, .certificateKind, .certificateExtension, .tableInvalid:
            certificateExplanation
        case .tcbMismatch, .chipMismatch, .chipMasked, .reportSignature: bindingExplanation
        case .debug, .migrationAgent, .vmpl1, .vmpl2, .vmpl3: reservationExplanation
        }
    }

    private var formatExplanation: Explanation {
        let meaning =
            switch self {
            case .version: "A report must be of a version from 2 to 5."
            case .signatureAlgorithm: "A report must be signed with ECDSA on P-384 and SHA-384."
            case .policyReserved: "The bits of a guest's policy that AMD reserves must have AMD's values."
            case .vmplInvalid: "A report must be one that a guest asked for, at a privilege level from 0 to 3."
            case .keyInfoReserved: "A report must say that a VCEK or a VLEK signed it."
            default: "Bytes that AMD's document calls zero must be zero."
            }
        return Explanation(
            meaning,
            .sender,
            "Take the report anew from the guest; if it is the same, this verifier does not know its version."
        )
    }

    private var certificateExplanation: Explanation {
        switch self {
        case .productUnknown:
            Explanation(
                "The processor must be of the Milan, Genoa or Turin line.",
                .relyingParty,
                "Use a verifier that knows this processor."
            )
        case .productMismatch:
            Explanation(
                "The certificates must be of the line of processors that the report names.",
                .sender,
                "Send the chain of this processor's line."
            )
        case .certificateKind:
            Explanation(
                "The certificates must be of the kind of key that the report says signed it.",
                .sender,
                "Send a VCEK with its ASK, or a VLEK with its ASVK, as the report's KEY_INFO asks."
            )
        case .certificateExtension:
            Explanation(
                "AMD's certificate must carry the security versions and the name of its processor or provider.",
                .sender,
                "Fetch the certificate anew from AMD's key distribution service."
            )
        default:
            Explanation(
                "The table of certificates beside a report must keep to its format.",
                .hostOperator,
                "Load the certificates anew into the host's firmware driver."
            )
        }
    }

    private var bindingExplanation: Explanation {
        switch self {
        case .tcbMismatch:
            Explanation(
                "The certificate must be for the very security version that the report states.",
                .sender,
                "Fetch the certificate for the report's REPORTED_TCB from AMD's key distribution service."
            )
        case .chipMismatch:
            Explanation(
                "The certificate must be of the very processor that the report names.",
                .sender,
                "Fetch the certificate for the report's CHIP_ID from AMD's key distribution service."
            )
        case .chipMasked:
            Explanation(
                "A report under a processor's own key must name the processor.",
                .hostOperator,
                "Unmask the processor's name in the host's firmware settings, or use a VLEK."
            )
        default:
            Explanation(
                "The report must be signed by the key of its certificate.",
                .sender,
                "Do not rely on it: the report was changed, or another key signed it. Ask the machine again."
            )
        }
    }

    private var reservationExplanation: Explanation {
        switch self {
        case .debug:
            Explanation(
                "The guest must not allow its host to debug it.",
                .publisher,
                "Launch a package whose guest policy forbids debugging; a policy may name `snp.debug` for tests."
            )
        case .migrationAgent:
            Explanation(
                "The guest must not allow a migration agent to take its keys elsewhere.",
                .publisher,
                "Launch a package whose guest policy forbids migration, or name `snp.migration-agent` in the policy."
            )
        default:
            Explanation(
                "The report must come from the most privileged level of the guest, 0.",
                .relyingParty,
                "Name this check in the policy where a module at level 0 of this guest is known and trusted."
            )
        }
    }
}
