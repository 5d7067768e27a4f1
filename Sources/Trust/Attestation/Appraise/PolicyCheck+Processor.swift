extension PolicyCheck {
    /// The explanations of the checks of a processor, its firmware and the guest's policy.
    var processorExplanation: Explanation {
        switch self {
        case .guestPolicyMismatch:
            Explanation(
                "The guest's policy, which the processor enforces, must have the bits that the policy demands.",
                .hostOperator,
                "Launch the machine with the demanded guest policy, or change the rule in `guestPolicy`."
            )
        case .platformInfoMismatch:
            Explanation(
                "The platform must have the settings that the policy demands.",
                .hostOperator,
                "Change the setting in the host's firmware, ask another machine, or change the rule in `platformInfo`."
            )
        case .productLineNotNamed:
            Explanation(
                "Where a policy names lines of processors, the processor must be of one of them.",
                .relyingParty,
                "Ask a machine of a named line. A line that was left out on purpose is not to be added."
            )
        case .signingKeyMismatch:
            Explanation(
                "The report must be signed by a key of the kind that the policy names.",
                .hostOperator,
                "Have the host sign by a VCEK or a VLEK, as `signingKey` of the policy says."
            )
        case .cloudMismatch:
            Explanation(
                "The VLEK that signed the report must be of a cloud that the policy names.",
                .relyingParty,
                "Ask a machine of the named cloud. A VCEK names no cloud: `none` stands for it."
            )
        default:
            Explanation(
                "The report must be of at least the version that the policy demands.",
                .hostOperator,
                "Update the platform's firmware, and have the guest ask for the demanded version."
            )
        }
    }

    /// The explanations of what a policy must say.
    var completenessExplanation: Explanation {
        switch self {
        case .softwareOpen:
            Explanation(
                "The policy must demand the registers that hold kernel, command line and initial file system.",
                .relyingParty,
                "Add values for the named registers, zeros where nothing extends one: otherwise anybody's software passes."
            )
        case .minimumMissing:
            Explanation(
                "A policy for AMD's processors must have least versions of firmware and microcode.",
                .relyingParty,
                "Add `minimumTcb`: `adyton policy from` writes it. AMD states no status, so old firmware would pass."
            )
        default:
            Explanation(
                "One machine must bring all proofs of one alternative of the policy.",
                .relyingParty,
                "Ask a machine that brings the proofs, or change `proofs` in the policy."
            )
        }
    }
}
