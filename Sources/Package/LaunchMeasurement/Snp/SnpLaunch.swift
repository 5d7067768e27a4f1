/// The launch parameters of an SEV-SNP guest that its measurement depends on.
package struct SnpLaunch: Sendable {
    /// The hypervisor that launches the guest.
    package enum Hypervisor: String, Sendable, CaseIterable {
        case qemu
        case ec2
        case gce
    }

    /// `SEV_FEATURES` with SEV-SNP and nothing else.
    package static let snpOnly: UInt64 = 1

    /// The number of virtual processors.
    package let vcpuCount: Int
    /// The guest's processor model; nil where the hypervisor's save area does not contain it.
    package let vcpu: VcpuModel?
    /// The hypervisor that launches the guest.
    package let hypervisor: Hypervisor
    /// `SEV_FEATURES`.
    package let guestFeatures: UInt64

    /// Creates launch parameters.
    ///
    /// - Parameters:
    ///   - vcpuCount: 1 to 4096.
    ///   - vcpu: The guest's processor model; required for QEMU, ignored for others.
    ///   - hypervisor: The hypervisor that launches the guest.
    ///   - guestFeatures: `SEV_FEATURES`; bit 0 is SEV-SNP itself.
    /// - Throws: `measure.machine-invalid`, `measure.vcpu-type-missing`.
    package init(
        vcpuCount: Int,
        vcpu: VcpuModel?,
        hypervisor: Hypervisor = .qemu,
        guestFeatures: UInt64 = snpOnly
    ) throws(LaunchMeasurementError) {
        guard (1...MachineConfiguration.mostVcpus).contains(vcpuCount) else {
            throw LaunchMeasurementError(
                .machineInvalid,
                subject: "virtual processors",
                expected: "1 to \(MachineConfiguration.mostVcpus)",
                found: "\(vcpuCount)"
            )
        }
        guard hypervisor != .qemu || vcpu != nil else {
            throw LaunchMeasurementError(
                .vcpuTypeMissing,
                subject: "type of virtual processor",
                expected: "one, for QEMU puts it into a measured register"
            )
        }
        self.vcpuCount = vcpuCount
        self.vcpu = vcpu
        self.hypervisor = hypervisor
        self.guestFeatures = guestFeatures
    }
}
