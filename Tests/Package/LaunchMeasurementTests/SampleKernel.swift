import Foundation
import LaunchMeasurement

/// A small EFI image with a Linux setup header, built so that a test can set any field to an invalid value.
struct SampleKernel: Sendable {
    /// A section's position in the file.
    struct Section: Sendable {
        var offset: UInt32
        var size: UInt32
    }

    static let headersSize = 0x240
    static let optionalHeader = 0x40 + 24

    var isPlus = true
    var directoryEntryCount: UInt32 = 16
    var sections = [Section(offset: 0x280, size: 0x20), Section(offset: 0x240, size: 0x40)]
    var trailer = 16
    var certificates = 16
    var headersSize = UInt32(SampleKernel.headersSize)
    var protocolVersion: UInt16 = 0x20f
    var loadFlags: UInt8 = 1
    var extendedLoadFlags: UInt16 = 3
    var greatestInitramfsAddress: UInt32 = 0x7fff_ffff
    var setupMagic = "HdrS"
    var certificatePlace: UInt32?

    /// The offset of the certificate table's directory entry.
    var certificateEntry: Int { Self.optionalHeader + (isPlus ? 112 : 96) + 32 }

    /// The bytes that are not hashed: the checksum, the certificates' directory entry, the certificates.
    var uncountedBytes: Set<Int> {
        let size = bytes.count
        return Set(Self.optionalHeader + 64..<Self.optionalHeader + 68)
            .union(certificateEntry..<certificateEntry + 8).union(size - certificates..<size)
    }

    var bytes: [UInt8] {
        let end = max(Int(sections.map { $0.offset + $0.size }.max() ?? 0), Self.headersSize)
        let hashedEnd = end + trailer
        var bytes = (0..<hashedEnd + certificates).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        func put(_ value: some FixedWidthInteger, _ offset: Int) {
            for index in 0..<value.bitWidth / 8 {
                bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
            }
        }
        func put(_ text: String, _ offset: Int) {
            bytes.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put("MZ", 0)
        put(UInt32(0x40), 0x3c)
        put("PE\0\0", 0x40)
        let directory = isPlus ? 112 : 96
        let optionalSize = directory + Int(directoryEntryCount) * 8
        put(UInt16(sections.count), 0x46)
        put(UInt16(optionalSize), 0x54)
        put(UInt16(isPlus ? 0x20b : 0x10b), Self.optionalHeader)
        put(headersSize, Self.optionalHeader + 60)
        put(directoryEntryCount, Self.optionalHeader + directory - 4)
        if directoryEntryCount > 4 {
            put(certificates == 0 ? 0 : certificatePlace ?? UInt32(hashedEnd), certificateEntry)
            put(UInt32(certificates), certificateEntry + 4)
        }
        for (index, section) in sections.enumerated() {
            let header = Self.optionalHeader + optionalSize + 40 * index
            put(section.size, header + 16)
            put(section.offset, header + 20)
        }
        put(setupMagic, 0x202)
        put(protocolVersion, 0x206)
        put(loadFlags, 0x211)
        put(greatestInitramfsAddress, 0x22c)
        put(extendedLoadFlags, 0x236)
        return bytes
    }

    /// The predicted PCRs of a launch of this kernel.
    func measured(
        initramfs: [UInt8]? = nil,
        commandLine: String = "",
        machine: MachineConfiguration? = nil,
        software: HostSoftware = .debian12
    ) throws -> VtpmMeasurement {
        try Self.measured(bytes, initramfs, commandLine, machine, software)
    }

    static func measured(
        _ kernel: [UInt8],
        _ initramfs: [UInt8]? = nil,
        _ commandLine: String = "",
        _ machine: MachineConfiguration? = nil,
        _ software: HostSoftware = .debian12
    ) throws -> VtpmMeasurement {
        try VtpmMeasurement.predict(
            DirectKernelBoot(
                kernel: PartContent(kernel, name: "kernel"),
                initramfs: initramfs.map { PartContent($0, name: "initramfs") },
                commandLine: commandLine
            ),
            machine: machine ?? MachineConfiguration(memoryInBytes: 1 << 30),
            software: software
        )
    }
}

/// The code of the error that a call throws; nil where it throws none.
func failure(_ work: () throws -> Void) -> LaunchMeasurementError.Code? {
    do {
        try work()
        return nil
    } catch {
        return (error as? LaunchMeasurementError)?.code
    }
}
