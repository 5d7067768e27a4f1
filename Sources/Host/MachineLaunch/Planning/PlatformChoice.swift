package import Machine
package import PackageManifest

/// Chooses the platform that launches and attests a machine: hardware first, and never silently a weaker one.
package struct PlatformChoice {
    private let host: LaunchHost
    private let programs: HostPrograms.Choice

    /// - Parameters:
    ///   - host: The host.
    ///   - programs: The programs that the user chose.
    package init(host: LaunchHost, programs: HostPrograms.Choice) {
        self.host = host
        self.programs = programs
    }

    /// The first confidential platform that the host can launch: SEV-SNP, then TDX.
    ///
    /// - Parameter candidates: The allowed platforms.
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
    ///   - allowed: The package's platforms.
    ///   - wanted: The user's choice; nil for the best.
    /// - Returns: A confidential platform that the host can launch; else a measured virtual machine; else the first,
    ///   whose launch then reports what is missing.
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

    /// How a machine's instructions are executed.
    ///
    /// - Parameters:
    ///   - platform: The machine's platform.
    ///   - found: The platform's programs.
    ///   - wanted: The user's choice; nil for KVM where it works.
    ///   - notify: Receives the notice that machines are emulated.
    /// - Returns: The user's choice, KVM for a confidential machine, else the one that works.
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
