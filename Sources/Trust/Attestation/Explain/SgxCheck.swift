/// The checks of an SGX quote, in addition to those of every DCAP quote.
public enum SgxCheck: String, Check {
    case debuggable = "sgx.debug"

    /// Whether it is about a choice of the enclave's owner, so that a policy may waive it.
    public var isReservation: Bool { self == .debuggable }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .debuggable:
            Explanation(
                "An enclave must not be launched for debugging: its owner reads all of its memory.",
                .publisher,
                "Build and sign the enclave for production, without the debug attribute, and launch it anew."
            )
        }
    }
}
