/// The events that OVMF and a Linux kernel's EFI stub measure for kernel, initramfs and command line.
///
/// A TPM extends PCR 4 and PCR 9 with them, TDX RTMR1 and RTMR2.
struct LoadedKernel {
    /// The kernel's image (`EV_EFI_BOOT_SERVICES_APPLICATION`).
    let image: MeasuredEvent
    /// The load options and the initramfs, as the EFI stub measures them (`EV_EVENT_TAG`).
    let arguments: [MeasuredEvent]

    /// Computes the events.
    ///
    /// - Parameters:
    ///   - parts: Kernel, initramfs and command line.
    ///   - machine: The machine, whose memory determines the initramfs's address.
    ///   - software: The versions of QEMU and OVMF.
    /// - Throws: Errors of the kernel's parsers.
    init(
        _ parts: DirectKernelBoot,
        machine: MachineConfiguration,
        software: HostSoftware
    ) throws(LaunchMeasurementError) {
        let kernel = try Self.handedOver(parts, machine: machine, software: software)
        image = MeasuredEvent("kernel", try AuthenticodeImage(kernel).digests())
        var arguments: [MeasuredEvent] = []
        let options = Self.loadOptions(parts, software.initrdArgument)
        if !options.isEmpty {
            arguments.append(MeasuredEvent("command line", bytes: options))
        }
        if let initramfs = parts.initramfs {
            arguments.append(MeasuredEvent("initramfs", try DigestPair(of: initramfs)))
        }
        self.arguments = arguments
    }

    private static func handedOver(
        _ parts: DirectKernelBoot,
        machine: MachineConfiguration,
        software: HostSoftware
    ) throws(LaunchMeasurementError) -> PartContent {
        guard software.kernelHandover == .patched, var header = try SetupHeader(of: parts.kernel) else {
            return parts.kernel
        }
        return try header.patched(initramfsSize: parts.initramfs?.count ?? 0, machine: machine)
    }

    /// The command line as the kernel receives it: UTF-16 with a final NUL (EDK II, `QemuLoadKernelImage`).
    private static func loadOptions(_ parts: DirectKernelBoot, _ argument: HostSoftware.InitrdArgument) -> [UInt8] {
        let text =
            switch argument {
            case _ where parts.initramfs == nil: parts.commandLine
            case .behind: parts.commandLine + " initrd=initrd"
            case .before: "initrd=initrd " + parts.commandLine
            }
        return text.isEmpty ? [] : text.utf8.flatMap { [$0, 0] } + [0, 0]
    }
}
