/// What launches a machine and vouches for it.
package enum Platform: String, Codable, Sendable, CaseIterable {
    /// A measured virtual machine with a software TPM: proves the protocol, and keeps nothing secret from the host.
    case vtpm
    /// AMD SEV-SNP.
    case snp
    /// Intel TDX.
    case tdx

    /// Whether hardware keeps the machine's memory from the host.
    package var isConfidential: Bool { self != .vtpm }
}

/// What runs a machine's instructions.
package enum Accelerator: String, Codable, Sendable, CaseIterable {
    /// The processor itself, through `/dev/kvm`.
    case kvm
    /// Software, about ten times slower, and everywhere.
    case tcg
}
