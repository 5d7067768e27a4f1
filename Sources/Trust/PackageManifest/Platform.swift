/// What launches a machine and vouches for it.
package enum Platform: String, Codable, CaseIterable, Sendable, Comparable {
    /// AMD SEV-SNP.
    case snp
    /// Intel TDX.
    case tdx
    /// A measured virtual machine with a software TPM: proves the protocol, and keeps nothing secret from the host.
    case vtpm

    /// Whether hardware keeps the machine's memory from the host.
    package var isConfidential: Bool { self != .vtpm }

    package static func < (left: Platform, right: Platform) -> Bool { left.rawValue < right.rawValue }
}
