import Diagnostics
import GuestInterface
package import LaunchMeasurement
package import PackageManifest

/// Computes the reference values of a package's launch, for the platforms whose firmware is known.
package struct ReferenceMeasurer: Sendable {
    /// SEV-SNP's firmware, an OVMF that verifies the kernel's hashes; nil skips the platform.
    package var snpFirmware: String?
    /// The SEV-SNP guest's processor model, by QEMU's `-cpu` name.
    package var snpProcessor = "EPYC-v4"
    /// TDX's firmware; nil skips the platform.
    package var tdxFirmware: String?
    /// The versions of QEMU and OVMF, where measurements depend on them.
    package var software = HostSoftware.debian12

    /// Creates a measurer without firmware, which computes the values of the machine with a TPM only.
    package init() {}

    /// Refuses hardware's reference values for a kernel that may not be on hardware.
    ///
    /// - Parameter kernel: The kernel's kind.
    /// - Throws: `package.kernel-unsealed`.
    func check(_ kernel: LaunchPlan.Kernel) throws(PackageError) {
        guard kernel == .distribution else { return }
        if snpFirmware != nil { throw PackageError(kernelUnsealedFor: Platform.snp.rawValue) }
        if tdxFirmware != nil { throw PackageError(kernelUnsealedFor: Platform.tdx.rawValue) }
    }

    /// Computes the reference values.
    ///
    /// - Parameters:
    ///   - kernel: The kernel.
    ///   - initialFileSystem: The initial file system.
    ///   - commandLine: The kernel's command line.
    ///   - needs: Memory, processors and platforms.
    /// - Returns: Hexadecimal digits by platform and name, without registers that depend on the host.
    /// - Throws: `package.input-invalid` for a kernel or firmware that cannot be measured.
    package func values(
        kernel: PartContent,
        initialFileSystem: PartContent,
        commandLine: String,
        needs: MachineRequirements
    ) throws(PackageError) -> [String: [String: String]] {
        do throws(LaunchMeasurementError) {
            let parts = try DirectKernelBoot(kernel: kernel, initramfs: initialFileSystem, commandLine: commandLine)
            let machine = try MachineConfiguration(memoryInBytes: needs.memoryInBytes, vcpuCount: needs.processors)
            var values: [String: [String: String]] = [:]
            for platform in needs.platforms {
                let found =
                    switch platform {
                    case .vtpm: try vtpm(parts, machine)
                    case .snp: try snp(parts, machine)
                    case .tdx: try tdx(parts, machine)
                    }
                if !found.isEmpty { values[platform.rawValue] = found }
            }
            return values
        } catch {
            throw PackageError(
                .inputInvalid,
                subject: error.subject,
                expected: error.expected,
                found: error.found,
                cause: error
            )
        }
    }

    private func vtpm(
        _ parts: DirectKernelBoot,
        _ machine: MachineConfiguration
    ) throws(LaunchMeasurementError) -> [String: String] {
        let measurement = try VtpmMeasurement.predict(parts, machine: machine, software: software)
        var values: [String: String] = [:]
        for number in VtpmMeasurement.registerNumbers {
            guard let value = measurement.value(of: number, in: .sha256) else { continue }
            values["pcr\(number)"] = Hexadecimal.text(value)
        }
        return values
    }

    private func snp(
        _ parts: DirectKernelBoot,
        _ machine: MachineConfiguration
    ) throws(LaunchMeasurementError) -> [String: String] {
        guard let snpFirmware else { return [:] }
        let launch = try SnpLaunch(vcpuCount: machine.vcpuCount, vcpu: VcpuModel(named: snpProcessor))
        let firmware = try FirmwareImage(PartContent(contentsOf: snpFirmware))
        let digest = try SnpLaunchDigest.compute(firmware: firmware, parts: parts, launch: launch)
        return ["measurement": Hexadecimal.text(digest.bytes)]
    }

    private func tdx(
        _ parts: DirectKernelBoot,
        _ machine: MachineConfiguration
    ) throws(LaunchMeasurementError) -> [String: String] {
        guard let tdxFirmware else { return [:] }
        let measurement = try TdxMeasurement.compute(
            firmware: FirmwareImage(PartContent(contentsOf: tdxFirmware)),
            parts: parts,
            machine: machine,
            software: software
        )
        var values = ["mrtd": Hexadecimal.text(measurement.buildDigest)]
        for (number, register) in measurement.runtimeRegisters.enumerated() {
            guard let value = register.value(in: .sha384) else { continue }
            values["rtmr\(number)"] = Hexadecimal.text(value)
        }
        return values
    }
}
