extension AppraisalPolicy.PlatformRule {
    /// The least versions without which firmware with publicly known attacks would pass.
    static let requiredComponents = ["microcode", "snp"]

    /// Whether signers, products and a version say what runs, where the hardware measures those.
    ///
    /// - Parameter kind: The rule's platform.
    /// - Returns: Whether they stand in for reference values.
    func isNamedBySigner(_ kind: EvidenceKind) -> Bool {
        kind.measuresSigners && !signers.isEmpty && !productIDs.isEmpty && minimumSecurityVersion != nil
    }

    /// The measurements that must have reference values and have none.
    ///
    /// - Parameters:
    ///   - kind: The rule's platform.
    ///   - names: The measurements that have values, in the rule or in a package's rule.
    ///   - isParavisorInDomain: Whether an `azure-vtpm` is in a trust domain, whose paravisor is measured in `mrtd`.
    /// - Returns: What the hardware measures, and the registers of a TPM.
    func missingReferences(
        of kind: EvidenceKind,
        _ names: Set<String>,
        isParavisorInDomain: Bool = false
    ) -> (values: [String], registers: [String]) {
        let registers = kind.softwareRegisters
        let values = kind.requiredMeasurements.filter { !registers.contains($0) }
            .map { isParavisorInDomain && $0 == "measurement" ? "mrtd" : $0 }
        return (
            values.filter { !names.contains($0) },
            registers.filter { register in
                // SHA-1 does not count: two files can have one digest.
                !["", "sha384-", "sha512-"].contains { names.contains($0 + register) }
            }
        )
    }

    /// The components of a processor line that must have a least version and have none.
    ///
    /// - Parameter line: The line of processors.
    /// - Returns: The components.
    func missingMinimums(of line: String) -> [String] {
        let minimum = minimumTCB[line] ?? minimumTCB["any"] ?? [:]
        return Self.requiredComponents.filter { minimum[$0] == nil }
    }
}
