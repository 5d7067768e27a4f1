import Machine
import MachineLaunch
import PackageManifest

/// A host whose answers a test states.
enum FakeHost {
    static let programs = HostPrograms(qemu: "/fake/qemu", swtpm: "/fake/swtpm", firmware: "/fake/firmware")

    /// A host that can launch some platforms.
    ///
    /// - Parameters:
    ///   - launchable: The confidential platforms whose hardware, QEMU and firmware are there.
    ///   - withoutPrograms: The platforms whose programs are missing.
    ///   - accelerator: The answer about KVM.
    ///   - hasSafeEmulationThreads: The answer about QEMU's version.
    /// - Returns: The host.
    static func host(
        launchable: Set<Platform> = [],
        withoutPrograms: Set<Platform> = [],
        accelerator: LaunchHost.AcceleratorAnswer = .init(accelerator: .kvm),
        hasSafeEmulationThreads: Bool = true
    ) -> LaunchHost {
        LaunchHost(
            programs: { platform, choice throws(MachineError) in
                guard !withoutPrograms.contains(platform) else {
                    throw MachineError(.firmwareMissing, subject: "a firmware", expected: "OVMF")
                }
                var found = FakeHost.programs
                found.qemu = choice.qemu ?? found.qemu
                return found
            },
            facts: { _, _ in FakeHost.facts(launchable) },
            accelerator: { _ in accelerator },
            hasSafeEmulationThreads: { _ in hasSafeEmulationThreads }
        )
    }

    private static func facts(_ launchable: Set<Platform>) -> HostFacts {
        var facts = HostFacts()
        facts.hasKvm = true
        facts.qemuObjects = ["sev-snp-guest", "tdx-guest"]
        facts.firmwareFeatures = Set(HostFacts.FirmwareFeature.allCases)
        facts.hasSecureProcessor = launchable.contains(.snp)
        facts.knowsSnp = launchable.contains(.snp)
        facts.offersSnp = launchable.contains(.snp)
        facts.offersTdx = launchable.contains(.tdx)
        return facts
    }
}
