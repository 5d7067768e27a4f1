/// The machine type, memory and processors of a guest, which determine its memory map.
package struct MachineConfiguration: Sendable, Equatable {
    /// QEMU's machine types that boot OVMF; each has its own hole below 4 GiB.
    package enum Kind: String, Sendable, CaseIterable {
        case q35
        case pc
    }

    /// QEMU rounds the memory size to this unit (`QEMU_ALIGN_UP(ram_size, 8192)`).
    private static let memoryUnit = 8192
    private static let leastMemory = 64 << 20
    private static let mostMemory = 1 << 46
    /// The maximum number of virtual processors of a QEMU machine.
    package static let mostVcpus = 4096

    /// The machine type.
    package let kind: Kind
    /// The guest's memory.
    package let memoryInBytes: Int
    /// The guest's virtual processors.
    package let vcpuCount: Int

    /// Creates a configuration.
    ///
    /// - Parameters:
    ///   - kind: The machine type.
    ///   - memoryInBytes: 64 MiB to 64 TiB, a multiple of 8192.
    ///   - vcpuCount: 1 to 4096.
    /// - Throws: `measure.machine-invalid`.
    package init(kind: Kind = .q35, memoryInBytes: Int, vcpuCount: Int = 1) throws(LaunchMeasurementError) {
        guard memoryInBytes >= Self.leastMemory, memoryInBytes <= Self.mostMemory,
            memoryInBytes % Self.memoryUnit == 0
        else {
            throw LaunchMeasurementError(
                .machineInvalid,
                subject: "memory",
                expected: "64 MiB to 64 TiB in units of \(Self.memoryUnit) bytes",
                found: "\(memoryInBytes) bytes"
            )
        }
        guard (1...Self.mostVcpus).contains(vcpuCount) else {
            throw LaunchMeasurementError(
                .machineInvalid,
                subject: "virtual processors",
                expected: "1 to \(Self.mostVcpus)",
                found: "\(vcpuCount)"
            )
        }
        self.kind = kind
        self.memoryInBytes = memoryInBytes
        self.vcpuCount = vcpuCount
    }

    /// The size of the memory below the device hole under 4 GiB (QEMU, `pc_q35_init`, `pc_init1`).
    ///
    /// A machine with more memory than fits below the hole splits it at a rounder address, so that the rest is aligned.
    var memoryBelowHole: Int {
        switch kind {
        case .q35: memoryInBytes >= 0xb000_0000 ? 0x8000_0000 : memoryInBytes
        case .pc: memoryInBytes >= 0xe000_0000 ? 0xc000_0000 : memoryInBytes
        }
    }
}
