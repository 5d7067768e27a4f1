/// The parts of a direct kernel boot: QEMU's `-kernel`, `-initrd` and `-append`.
package struct DirectKernelBoot: Sendable {
    private static let longestCommandLine = 65_535

    /// A Linux kernel with its EFI stub.
    package let kernel: PartContent
    /// The initial RAM file system; nil for none.
    package let initramfs: PartContent?
    /// The kernel's command line, without additions of the firmware.
    package let commandLine: String

    /// Creates the parts.
    ///
    /// - Parameters:
    ///   - kernel: A Linux kernel with its EFI stub; the measurement validates it.
    ///   - initramfs: The initial RAM file system; an empty one is the same as none.
    ///   - commandLine: At most 65,534 ASCII characters without NUL; firmware versions convert other characters
    ///     differently.
    /// - Throws: `measure.command-line-invalid`.
    package init(
        kernel: PartContent,
        initramfs: PartContent?,
        commandLine: String
    ) throws(LaunchMeasurementError) {
        guard commandLine.utf8.allSatisfy({ $0 > 0 && $0 < 0x80 }), commandLine.utf8.count < Self.longestCommandLine
        else {
            throw LaunchMeasurementError(
                .commandLineInvalid,
                subject: "command line",
                expected: "fewer than \(Self.longestCommandLine) ASCII characters without NUL",
                found: "\(commandLine.utf8.count) bytes"
            )
        }
        self.kernel = kernel
        self.initramfs = initramfs.flatMap { $0.count == 0 ? nil : $0 }
        self.commandLine = commandLine
    }
}
