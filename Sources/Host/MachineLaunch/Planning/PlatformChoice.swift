package import Machine
package import PackageManifest

/// Chooses what launches a machine and vouches for it: hardware first, and never silently less than was asked for.
package struct PlatformChoice {
    private let host: LaunchHost
    private let programs: HostPrograms.Choice

    /// - Parameters:
    ///   - host: The host.
    ///   - programs: The programs that a person chose.
    package init(host: LaunchHost, programs: HostPrograms.Choice) {
        self.host = host
        self.programs = programs
    }

    /// The first confidential platform that the host can launch: SEV-SNP, then TDX.
    ///
    /// - Parameter candidates: The platforms that may be taken.
    /// - Returns: The platform; nil for none.
    package func confidential(among candidates: [Platform]) -> Platform? {
        [Platform.snp, .tdx].first { candidate in
            guard candidates.contains(candidate), let found = try? host.programs(candidate, programs) else {
                return false
            }
            return host.facts(found.qemu, found.firmware).lacks(for: candidate).isEmpty
        }
    }

    /// The platform for a package.
    ///
    /// - Parameters:
    ///   - allowed: The platforms that the package was made for.
    ///   - wanted: What a person asked for; nil for the best.
    /// - Returns: A confidential one that the host can launch; else a measured virtual machine; else the first, whose
    ///   launch then says what is missing.
    /// - Throws: `launch.platform-not-allowed`.
    package func platform(
        allowed: [Platform],
        wanted: Platform?
    ) throws(LaunchError) -> Platform {
        if let wanted, !allowed.contains(wanted) {
            throw LaunchError(
                .platformNotAllowed,
                subject: "--platform",
                expected: "what the package was made for: \(allowed.map(\.rawValue).joined(separator: ", "))",
                found: wanted.rawValue
            )
        }
        let candidates = wanted.map { [$0] } ?? allowed
        if let found = confidential(among: candidates) { return found }
        return candidates.contains(.vtpm) ? .vtpm : candidates.first ?? .vtpm
    }

    /// What runs a machine's instructions.
    ///
    /// - Parameters:
    ///   - platform: The machine's platform.
    ///   - found: The programs for it.
    ///   - wanted: What a person asked for; nil for KVM where it works.
    ///   - notify: Is told where machines run in software.
    /// - Returns: The wanted one, KVM for a confidential machine, else what the host answers.
    package func accelerator(
        for platform: Platform,
        _ found: HostPrograms,
        wanted: Accelerator?,
        notify: LaunchNotice.Receiver
    ) -> Accelerator {
        if let wanted { return wanted }
        if platform.isConfidential { return .kvm }
        let answer = host.accelerator(found)
        if answer.isNew, let reason = answer.reason { notify(.softwareEmulation(reason: reason)) }
        return answer.accelerator
    }
}
