/// What a machine starts from, as `-kernel`, `-initrd` and `-append` give it to QEMU.
package struct LaunchParts: Sendable {
    private static let longestCommandLine = 65_535

    /// A Linux kernel with its EFI stub.
    package let kernel: PartContent
    /// The initial root file system; nil for none.
    package let initramfs: PartContent?
    /// The kernel's command line, without what a firmware adds.
    package let commandLine: String

    /// - Parameters:
    ///   - kernel: A Linux kernel with its EFI stub; it is judged where it is measured.
    ///   - initramfs: The initial root file system; an empty one is the same as none.
    ///   - commandLine: ASCII without NUL: what a firmware makes of other characters is not the same everywhere.
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
