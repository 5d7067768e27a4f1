package import Machine
package import PackageManifest

/// The host's properties that a launch depends on; tests replace them.
package struct LaunchHost: Sendable {
    /// The accelerator that works on the host.
    package struct AcceleratorAnswer: Equatable, Sendable {
        /// The accelerator to use.
        package var accelerator: Accelerator
        /// Why it is not KVM; nil for KVM.
        package var reason: String?
        /// Whether the result is new, so that the user is notified once.
        package var isNew: Bool

        /// - Parameters:
        ///   - accelerator: The accelerator to use.
        ///   - reason: Why it is not KVM; nil for KVM.
        ///   - isNew: Whether the result is new.
        package init(accelerator: Accelerator, reason: String? = nil, isNew: Bool = false) {
            self.accelerator = accelerator
            self.reason = reason
            self.isNew = isNew
        }
    }

    /// Finds the programs and the firmware for a platform; throws `machine.program-missing`, `machine.firmware-missing`.
    package var programs: @Sendable (Platform, HostPrograms.Choice) throws(MachineError) -> HostPrograms
    /// Examines the host's support for confidential machines, with an optional QEMU and firmware.
    package var facts: @Sendable (_ qemu: String?, _ firmware: String?) -> HostFacts
    /// Tests whether KVM works.
    package var accelerator: @Sendable (HostPrograms) -> AcceleratorAnswer

    /// Whether QEMU safely emulates processors with a thread each.
    package var hasSafeEmulationThreads: @Sendable (HostPrograms) -> Bool

    /// The host that this process runs on.
    package static let thisHost = LaunchHost(
        programs: { platform, choice throws(MachineError) in try HostPrograms.find(for: platform, choice: choice) },
        facts: { HostFacts.ofThisHost(qemu: $0, firmware: $1) },
        accelerator: { programs in
            let (answer, isNew) = AcceleratorProbe(qemu: programs.qemu).answer()
            return AcceleratorAnswer(accelerator: answer.accelerator, reason: answer.reason, isNew: isNew)
        },
        hasSafeEmulationThreads: { EmulatorVersion.ofProgram($0.qemu)?.hasSafeTranslationThreads ?? false }
    )

    /// - Parameters:
    ///   - programs: Finds the programs and the firmware for a platform.
    ///   - facts: Examines the host's support for confidential machines, with an optional QEMU and firmware.
    ///   - accelerator: Tests whether KVM works.
    ///   - hasSafeEmulationThreads: Whether QEMU safely emulates processors with a thread each.
    package init(
        programs: @escaping @Sendable (Platform, HostPrograms.Choice) throws(MachineError) -> HostPrograms,
        facts: @escaping @Sendable (_ qemu: String?, _ firmware: String?) -> HostFacts,
        accelerator: @escaping @Sendable (HostPrograms) -> AcceleratorAnswer,
        hasSafeEmulationThreads: @escaping @Sendable (HostPrograms) -> Bool
    ) {
        self.programs = programs
        self.facts = facts
        self.accelerator = accelerator
        self.hasSafeEmulationThreads = hasSafeEmulationThreads
    }
}
