/// What an SGX enclave's quote must satisfy besides what every DCAP quote must.
public enum SgxCheck: String, Check {
    case debuggable = "sgx.debug"

    /// Whether it looks at what the evidence's owner chose.
    public var isReservation: Bool { self == .debuggable }

    /// What the check asks, who must act where it fails, and what to do.
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
