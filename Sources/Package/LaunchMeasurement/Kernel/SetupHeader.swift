/// The setup header of a Linux kernel, patched as QEMU's `x86_load_linux` does.
///
/// For the fields see the Linux kernel's `Documentation/arch/x86/boot.rst`. QEMU passes the patched bytes to the
/// firmware, so these are measured.
struct SetupHeader {
    private enum Offset {
        static let magic = 0x202
        static let version = 0x206
        static let loaderType = 0x210
        static let loadFlags = 0x211
        static let initramfsAddress = 0x218
        static let initramfsSize = 0x21c
        static let heapEnd = 0x224
        static let commandLine = 0x228
        static let greatestInitramfsAddress = 0x22c
        static let extendedLoadFlags = 0x236
        static let end = 0x238
    }

    /// Protocol 2.12 introduced `xloadflags`; every kernel since 3.8 has it.
    private static let leastVersion: UInt16 = 0x20c
    private static let commandLineAddress: UInt32 = 0x20000
    private static let realModeAddress: UInt32 = 0x10000
    /// The memory that QEMU reserves below the end of low memory: `HIGH_MEMORY` tables of 128 KiB and 32 KiB.
    private static let reservedMemory = 0x28000
    private static let pageMask = UInt32(4095)

    private var bytes: [UInt8]
    private let content: PartContent

    /// Reads the header; nil for an image that is not a Linux kernel, which QEMU does not patch.
    ///
    /// - Parameter kernel: The kernel.
    /// - Throws: `measure.kernel-too-old`, and read errors.
    init?(of kernel: PartContent) throws(LaunchMeasurementError) {
        guard kernel.count >= Offset.end else { return nil }
        content = kernel
        bytes = try kernel.bytes(0..<Offset.end)
        guard bytes.field(at: Offset.magic, count: 4) == Array("HdrS".utf8) else { return nil }
        let version: UInt16 = bytes.field(at: Offset.version) ?? 0
        let isLoadedHigh = bytes[Offset.loadFlags] & 1 != 0
        guard version >= Self.leastVersion, isLoadedHigh else {
            throw LaunchMeasurementError(
                .kernelTooOld,
                subject: "kernel's boot protocol",
                expected: "2.12 or newer, loaded high",
                found: "\(version >> 8).\(version & 0xff)\(isLoadedHigh ? "" : ", loaded low")"
            )
        }
    }

    /// Patches the kernel as QEMU does.
    ///
    /// - Parameters:
    ///   - initramfsSize: The size of the initramfs in bytes; 0 for none.
    ///   - machine: The machine, whose memory determines the initramfs's address.
    /// - Returns: The kernel with patched setup header.
    /// - Throws: `measure.initramfs-too-large`.
    mutating func patched(
        initramfsSize: Int,
        machine: MachineConfiguration
    ) throws(LaunchMeasurementError) -> PartContent {
        bytes[Offset.loaderType] = 0xb0
        bytes[Offset.loadFlags] |= 0x80
        bytes.set(UInt16(Self.commandLineAddress - Self.realModeAddress - 0x200), at: Offset.heapEnd)
        bytes.set(Self.commandLineAddress, at: Offset.commandLine)
        if initramfsSize > 0 {
            let greatest = greatestAddress(below: machine.memoryBelowHole)
            guard initramfsSize < Int(greatest) else {
                throw LaunchMeasurementError(
                    .initramfsTooLarge,
                    subject: "initramfs",
                    expected: "fewer than \(greatest) bytes in a machine of \(machine.memoryInBytes)",
                    found: "\(initramfsSize)"
                )
            }
            let size = UInt32(initramfsSize)
            bytes.set((greatest - size) & ~Self.pageMask, at: Offset.initramfsAddress)
            bytes.set(size, at: Offset.initramfsSize)
        }
        return content.replacingHead(with: bytes)
    }

    private func greatestAddress(below lowMemory: Int) -> UInt32 {
        let flags: UInt16 = bytes.field(at: Offset.extendedLoadFlags) ?? 0
        // XLF_CAN_BE_LOADED_ABOVE_4G
        let own = flags & 2 != 0 ? UInt32.max : bytes.field(at: Offset.greatestInitramfsAddress) ?? 0
        // Cannot underflow or overflow: a machine has at least 64 MiB and at most 3 GiB there.
        return min(own, UInt32(lowMemory - Self.reservedMemory - 1))
    }
}
