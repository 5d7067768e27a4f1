/// The checks of a policy on verified evidence.
public enum PolicyCheck: String, Check {
    case platformNotNamed = "policy.platform-not-named"
    case rootNotNamed = "policy.root-not-named"
    case referenceMissing = "policy.reference-missing"
    case measurementMissing = "policy.measurement-missing"
    case measurementMismatch = "policy.measurement-mismatch"
    case acpiTablesMissing = "policy.acpi-tables-missing"
    case acpiTablesMismatch = "policy.acpi-tables-mismatch"
    case signerMismatch = "policy.signer-mismatch"
    case productMismatch = "policy.product-mismatch"
    case securityVersionLow = "policy.security-version-low"
    case tcbLineMissing = "policy.tcb-line-missing"
    case tcbComponentMissing = "policy.tcb-component-missing"
    case tcbLow = "policy.tcb-low"
    case machineNotNamed = "policy.machine-not-named"
    case statusNotAccepted = "policy.status-not-accepted"
    case advisoryNotAccepted = "policy.advisory-not-accepted"
    case acceptanceEnded = "policy.acceptance-ended"
    case endorsementTooOld = "policy.endorsement-too-old"
    case reportDataMismatch = "policy.report-data-mismatch"
    case packageUnbound = "policy.package-unbound"
    case packageMismatch = "policy.package-mismatch"
    case packageSignerMismatch = "policy.package-signer-mismatch"
    case packageProductMismatch = "policy.package-product-mismatch"
    case packageSecurityVersionLow = "policy.package-security-version-low"
    case packageDebug = "policy.package-debug"
    case modelMismatch = "policy.model-mismatch"
    case kernelUnsealed = "policy.kernel-unsealed"
    case packageEnded = "policy.package-ended"
    case modelsUnsealed = "policy.models-unsealed"
    case proofMissing = "policy.proof-missing"
    case softwareOpen = "policy.software-open"
    case minimumMissing = "policy.minimum-missing"
    case guestPolicyMismatch = "policy.guest-policy-mismatch"
    case platformInfoMismatch = "policy.platform-info-mismatch"
    case productLineNotNamed = "policy.product-line-not-named"
    case signingKeyMismatch = "policy.signing-key-mismatch"
    case cloudMismatch = "policy.cloud-mismatch"
    case reportVersionLow = "policy.report-version-low"

    /// Only the kernel's kind may be tolerated, by its name and until a date.
    public var isReservation: Bool { self == .kernelUnsealed }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .platformNotNamed, .rootNotNamed, .machineNotNamed: platformExplanation
        case .referenceMissing, .measurementMissing, .measurementMismatch, .reportDataMismatch, .acpiTablesMissing,
            .acpiTablesMismatch:
            contentExplanation
        case .signerMismatch, .productMismatch, .securityVersionLow: signedExplanation
        case .tcbLineMissing, .tcbComponentMissing, .tcbLow, .statusNotAccepted, .advisoryNotAccepted,
            .acceptanceEnded, .endorsementTooOld:
            currencyExplanation
        case .packageUnbound, .packageMismatch, .packageSignerMismatch, .packageProductMismatch,
            .packageSecurityVersionLow, .packageDebug, .modelMismatch, .kernelUnsealed, .packageEnded,
            .modelsUnsealed:
            packageExplanation
        case .softwareOpen, .minimumMissing, .proofMissing: completenessExplanation
        case .guestPolicyMismatch, .platformInfoMismatch, .productLineNotNamed, .signingKeyMismatch, .cloudMismatch,
            .reportVersionLow:
            processorExplanation
        }
    }

    private var platformExplanation: Explanation {
        switch self {
        case .platformNotNamed:
            Explanation(
                "The policy must name the platform.",
                .relyingParty,
                "Add the platform with its reference values to the policy, or ask a machine of a named platform."
            )
        case .rootNotNamed:
            Explanation(
                "A developer's platform must be vouched for by a root that the policy names.",
                .relyingParty,
                "Do not rely on it for anything secret; for tests name the root's fingerprint in the policy."
            )
        default:
            Explanation(
                "Where a policy names machines, the machine must be one of them.",
                .relyingParty,
                "Ask one of the named machines, or add this machine to the policy after checking where it stands."
            )
        }
    }

    private var contentExplanation: Explanation {
        switch self {
        case .referenceMissing:
            Explanation(
                "The policy must say what runs in the machine, or who signed it.",
                .relyingParty,
                "Add the package's reference values: `adyton policy from` computes them."
            )
        case .measurementMissing:
            Explanation(
                "The evidence must have every measurement that the policy gives a value for.",
                .hostOperator,
                "Have the machine include the measurement, or leave it out of the policy."
            )
        case .measurementMismatch:
            Explanation(
                "Each measurement must have one of the policy's values.",
                .hostOperator,
                "Launch the package that the policy was made from; after an update, make the policy anew from it."
            )
        case .acpiTablesMissing:
            Explanation(
                "Where a policy names ACPI tables, the evidence must have an event log that measured them.",
                .sender,
                "Send the event log along, of a firmware that measures them: a trust domain's does. SEV-SNP has no such log."
            )
        case .acpiTablesMismatch:
            Explanation(
                "The host's ACPI tables must be those that the policy names, in their order, and no others.",
                .hostOperator,
                "Launch the machine with the named program, devices and memory; or look at the new tables, and name them too."
            )
        default:
            Explanation(
                "The evidence must carry the caller's challenge and the peer's keys, and nothing beside them.",
                .sender,
                "Ask again with a fresh challenge: the evidence was made for another connection or another time."
            )
        }
    }

    private var signedExplanation: Explanation {
        switch self {
        case .signerMismatch:
            Explanation(
                "What runs must be signed by a signer that the policy names.",
                .publisher,
                "Sign the package with a key that the policy names, or add the signer to the policy."
            )
        case .productMismatch:
            Explanation(
                "What runs must be a product that the policy names.",
                .publisher,
                "Launch the named product, or add this one to the policy."
            )
        default:
            Explanation(
                "What runs must be at least as new as the policy demands.",
                .publisher,
                "Launch a package of the demanded security version or a later one."
            )
        }
    }

    private var currencyExplanation: Explanation {
        switch self {
        case .tcbLineMissing:
            Explanation(
                "Where a policy has minimum versions, it accepts the lines of processors that it names, and no others.",
                .relyingParty,
                "Ask a machine of a named line; name this line too only if the policy means to accept it."
            )
        case .tcbComponentMissing:
            Explanation(
                "The evidence must have every component that the policy has a minimum for.",
                .relyingParty,
                "Compare the component's name with those that `adyton policy check` prints."
            )
        case .tcbLow:
            Explanation(
                "Each component must be at least as new as demanded in the version that the platform's key is certified for.",
                .hostOperator,
                "Update the firmware; where the current version is new enough, raise the reported one (SNP_CONFIG). Those at launch follow when the machine starts anew."
            )
        case .statusNotAccepted:
            Explanation(
                "The vendor must call the platform up to date, or the policy must accept the status.",
                .hostOperator,
                "Update the platform's firmware or settings, or accept the status in the policy until a date."
            )
        case .advisoryNotAccepted:
            Explanation(
                "Every advisory that applies to a platform which is not up to date must be accepted.",
                .relyingParty,
                "Read the advisory; update the platform, or accept the advisory in the policy until a date."
            )
        case .acceptanceEnded:
            Explanation(
                "What a policy accepts until a date must not be past that date.",
                .relyingParty,
                "Update the platform, or decide anew and change the date."
            )
        default:
            Explanation(
                "What vouches for the platform must not be older than the policy allows.",
                .relyingParty,
                "Fetch the document anew from the vendor."
            )
        }
    }

    private var packageExplanation: Explanation {
        switch self {
        case .packageUnbound:
            Explanation(
                "Where a policy names a package or a model, the evidence must be bound to one.",
                .sender,
                "Ask a machine that states its package in the transcript that it has signed."
            )
        case .packageMismatch:
            Explanation(
                "The machine must run a package that the policy names.",
                .hostOperator,
                "Launch the named package, or make the policy anew from this one."
            )
        case .packageSignerMismatch:
            Explanation(
                "The machine's package must be signed by a signer that the policy names.",
                .publisher,
                "Sign the package with a key that the policy names, or add the signer to the policy."
            )
        case .packageProductMismatch:
            Explanation(
                "The machine's package must be a product that the policy names.",
                .publisher,
                "Launch the named product, or add this one to the policy."
            )
        case .packageSecurityVersionLow:
            Explanation(
                "The machine's package must be at least as new as the policy demands.",
                .publisher,
                "Launch a package of the demanded security version or a later one."
            )
        case .packageDebug:
            Explanation(
                "The machine must run no debug package, unless the policy accepts those.",
                .publisher,
                "Package the application without Debug; for tests alone have the policy say `debug` of the package."
            )
        case .kernelUnsealed:
            Explanation(
                "On hardware the package's kernel must be sealed: any other runs code of the host's ACPI tables.",
                .publisher,
                "Run `make kernel` and package anew; or tolerate `policy.kernel-unsealed` in the policy until a date."
            )
        case .packageEnded:
            Explanation(
                "A package must not be past the last day that the policy accepts it.",
                .hostOperator,
                "Launch the newer package, or decide anew and change `until` of the package."
            )
        case .modelsUnsealed:
            Explanation(
                "Where a policy demands sealed models, the package's models must be sealed.",
                .publisher,
                "Take `sealedModels` out of the policy: no package of this version has sealed models."
            )
        default:
            Explanation(
                "The machine must answer with a model that the policy names.",
                .hostOperator,
                "Launch a package with the named model, or add this model to the policy."
            )
        }
    }
}
