/// What a TPM's registers read in a guest that QEMU and OVMF started from a kernel, an initramfs and a command line.
///
/// It holds for a machine whose devices bring no option ROM (`romfile=`) and whose OVMF has no key or boot option
/// enrolled; that is how the launcher starts one.
package struct VtpmMeasurement: Sendable {
    /// Registers that a verifier asks for, in order: those of the firmware and its boot, and two that have to be zero.
    package static let registerNumbers = Array(0...9) + [11, 12]

    /// What the files say of each register, by its number.
    package let registers: [Int: RegisterPrediction]

    /// Computes the registers from the files.
    ///
    /// - Parameters:
    ///   - parts: Kernel, initramfs and command line.
    ///   - machine: Where the initramfs goes follows from its memory.
    ///   - software: The versions of QEMU and OVMF.
    /// - Returns: Each register of `registerNumbers`.
    /// - Throws: What a kernel is refused with: `measure.kernel-truncated`, `measure.kernel-invalid`,
    ///   `measure.kernel-too-old`; `measure.initramfs-too-large`; `measure.file-changed`, `measure.file-unreadable`.
    package static func predict(
        _ parts: LaunchParts,
        machine: MachineShape,
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
        // Boot loaders and unified kernel images use these; here none of them runs.
        for number in [8, 11, 12] { determine(number, []) }
        return VtpmMeasurement(registers: registers)
    }

    /// A register's value where the files determine it.
    ///
    /// - Parameters:
    ///   - number: The register.
    ///   - bank: The TPM's bank.
    /// - Returns: nil for a register that the host has a part in, or that is not among `registerNumbers`.
    package func value(of number: Int, in bank: HashBank) -> [UInt8]? {
        registers[number]?.value(in: bank)
    }
}
