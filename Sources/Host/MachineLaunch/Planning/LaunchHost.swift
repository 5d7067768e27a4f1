package import Machine
package import PackageManifest

/// What a host answers to the questions of a launch; tests replace the answers.
package struct LaunchHost: Sendable {
    /// Whether KVM can be used.
    package struct AcceleratorAnswer: Equatable, Sendable {
        /// What a machine is to be started with.
        package var accelerator: Accelerator
        /// Why it is not KVM; nil where it is.
        package var reason: String?
        /// Whether the answer was found just now, so that a person is told once.
        package var isNew: Bool

        /// - Parameters:
        ///   - accelerator: What a machine is to be started with.
        ///   - reason: Why it is not KVM.
        ///   - isNew: Whether the answer was found just now.
        package init(accelerator: Accelerator, reason: String? = nil, isNew: Bool = false) {
            self.accelerator = accelerator
            self.reason = reason
            self.isNew = isNew
        }
    }

    /// Finds the programs and the firmware for a platform; throws `machine.program-missing`, `machine.firmware-missing`.
    package var programs: @Sendable (Platform, HostPrograms.Choice) throws(MachineError) -> HostPrograms
    /// Finds out what the host has for confidential machines, with a QEMU and a firmware or without.
    package var facts: @Sendable (_ qemu: String?, _ firmware: String?) -> HostFacts
    /// Finds out whether KVM can be used.
    package var accelerator: @Sendable (HostPrograms) -> AcceleratorAnswer

    /// Whether QEMU emulates several processors safely with a thread for each.
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
    ///   - facts: Finds out what the host has for confidential machines, with a QEMU and a firmware or without.
    ///   - accelerator: Finds out whether KVM can be used.
    ///   - hasSafeEmulationThreads: Whether QEMU emulates several processors safely with a thread for each.
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
