/// The predicted PCR values of a guest that QEMU and OVMF boot from a kernel, an initramfs and a command line.
///
/// The prediction is valid for a machine whose devices have no option ROM (`romfile=`) and whose OVMF has no keys and
/// no boot options enrolled, which is how the launcher starts one.
package struct VtpmMeasurement: Sendable {
    /// The PCRs that a verifier requests, in order: those of firmware and boot, and two that must be zero.
    package static let registerNumbers = Array(0...9) + [11, 12]

    /// The prediction for each PCR, by its index.
    package let registers: [Int: RegisterPrediction]

    /// Computes the predictions from the files.
    ///
    /// - Parameters:
    ///   - parts: Kernel, initramfs and command line.
    ///   - machine: The machine, whose memory determines the initramfs's address.
    ///   - software: The versions of QEMU and OVMF.
    /// - Returns: A prediction for each of ``registerNumbers``.
    /// - Throws: For an invalid kernel `measure.kernel-truncated`, `measure.kernel-invalid`, `measure.kernel-too-old`;
    ///   `measure.initramfs-too-large`; `measure.file-changed`, `measure.file-unreadable`.
    package static func predict(
        _ parts: DirectKernelBoot,
        machine: MachineConfiguration,
        software: HostSoftware = .debian12
    ) throws(LaunchMeasurementError) -> VtpmMeasurement {
        let loaded = try LoadedKernel(parts, machine: machine, software: software)
        let separator = OvmfEvents.separator
        var registers: [Int: RegisterPrediction] = [:]
        func determine(_ number: Int, _ events: [MeasuredEvent]) {
            registers[number] = .determined(MeasuredRegister(events))
        }
        registers[0] = .recorded(
            because: "OVMF measures memory that it has written, which varies with memory, processors and machine"
        )
        switch software.initrdArgument {
        case .behind: determine(1, OvmfEvents.bootOptions + [separator])
        case .before: registers[1] = .recorded(because: "how a newer OVMF measures boot options was not tried")
        }
        for number in [2, 3, 6] { determine(number, [separator]) }
        determine(4, [loaded.image, OvmfEvents.bootAttempt, separator])
        determine(5, [separator] + OvmfEvents.exits)
        determine(7, OvmfEvents.secureBoot(software.secureBootVariable) + [separator])
        determine(9, loaded.arguments)
        // Boot loaders and unified kernel images extend these; neither is used here.
        for number in [8, 11, 12] { determine(number, []) }
        return VtpmMeasurement(registers: registers)
    }

    /// A PCR's value where the files determine it.
    ///
    /// - Parameters:
    ///   - number: The PCR's index.
    ///   - bank: The TPM's bank.
    /// - Returns: nil for a PCR that the host influences, or that is not in ``registerNumbers``.
    package func value(of number: Int, in bank: HashBank) -> [UInt8]? {
        registers[number]?.value(in: bank)
    }
}
