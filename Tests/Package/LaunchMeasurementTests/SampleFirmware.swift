import Foundation
import LaunchMeasurement

/// A small firmware image with OVMF's table at its end, built so that a test can set any field to an invalid value.
struct SampleFirmware: Sendable {
    struct SevSection: Sendable {
        var address: UInt32
        var size: UInt32
        var type: UInt32
    }

    struct TdxSection: Sendable {
        var offset: UInt32 = 0
        var rawSize: UInt32 = 0
        var address: UInt64
        var size: UInt64
        var type: UInt32
        var attributes: UInt32 = 0
    }

    static let footer = guid("96b582de-1fb2-45f7-baea-a366c55a082d")
    static let hashTable = guid("7255371f-3a3b-4b04-927b-1da6efa8d454")
    static let resetBlock = guid("00f771de-1a7e-4fcb-890e-68c77e2fb44e")
    static let sevMetadata = guid("dc886566-984a-4798-a75e-5585a7bf67cc")
    static let tdxMetadata = guid("e47a6535-984a-4798-865e-4685a7bf8ec2")

    var size = 8192
    var sev: [SevSection] = [
        .init(address: 0x80_0000, size: 0x9000, type: 1), .init(address: 0x80_d000, size: 0x1000, type: 2),
        .init(address: 0x80_e000, size: 0x1000, type: 3), .init(address: 0x80_f000, size: 0x1000, type: 4),
        .init(address: 0x81_0000, size: 0x1000, type: 0x10),
    ]
    var sevVersion: UInt32 = 1
    var sevCount: UInt32?
    var tdx: [TdxSection] = [
        .init(offset: 0x1000, rawSize: 0x1000, address: 0xffff_f000, size: 0x1000, type: 0, attributes: 1),
        .init(offset: 0, rawSize: 0x1000, address: 0xffff_e000, size: 0x1000, type: 1),
        .init(address: 0x81_0000, size: 0x3000, type: 3), .init(address: 0x80_9000, size: 0x2000, type: 2),
        .init(offset: 0x80, rawSize: 0x180, address: 0x90_0000, size: 0x2000, type: 5, attributes: 1),
        .init(address: 0xa0_0000, size: 0x2000, type: 4, attributes: 2),
    ]
    var tdxVersion: UInt32 = 1
    var tdxLength: UInt32?
    var hashTableAddress: UInt32 = 0x81_0c00
    var resetAddress: UInt32 = 0x80_b004
    var sevDistance: UInt32?
    var tdxDistance: UInt32?
    var tableSize: UInt16?
    var entryTwice = false

    /// The image's bytes; unreferenced parts are noise.
    var bytes: [UInt8] {
        var bytes = (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 167) >> 3) }
        func put(_ content: [UInt8], _ offset: Int) {
            bytes.replaceSubrange(offset..<offset + content.count, with: content)
        }
        var sevBytes = Array("ASEV".utf8)
        for number in [UInt32(16 + 12 * sev.count), sevVersion, sevCount ?? UInt32(sev.count)] {
            sevBytes += Self.little(number)
        }
        for section in sev {
            for number in [section.address, section.size, section.type] { sevBytes += Self.little(number) }
        }
        var tdxBytes = Array("TDVF".utf8)
        for number in [tdxLength ?? UInt32(16 + 32 * tdx.count), tdxVersion, UInt32(tdx.count)] {
            tdxBytes += Self.little(number)
        }
        for section in tdx {
            tdxBytes += Self.little(section.offset) + Self.little(section.rawSize)
            tdxBytes += Self.little(section.address) + Self.little(section.size)
            tdxBytes += Self.little(section.type) + Self.little(section.attributes)
        }
        let (sevPlace, tdxPlace) = (size - 0x400, size - 0x800)
        put(sevBytes, sevPlace)
        put(tdxBytes, tdxPlace)
        var table: [UInt8] = []
        func entry(_ guid: [UInt8], _ data: [UInt8]) {
            table += data + Self.little(UInt16(data.count + 18)) + guid
        }
        entry(Self.tdxMetadata, Self.little(tdxDistance ?? UInt32(size - tdxPlace)))
        entry(Self.sevMetadata, Self.little(sevDistance ?? UInt32(size - sevPlace)))
        entry(Self.hashTable, Self.little(hashTableAddress) + Self.little(UInt32(0x400)))
        entry(Self.resetBlock, Self.little(resetAddress))
        if entryTwice { entry(Self.resetBlock, Self.little(resetAddress)) }
        table += Self.little(tableSize ?? UInt16(table.count + 18)) + Self.footer
        put(table, size - 32 - table.count)
        return bytes
    }

    /// The parsed image.
    func image() throws -> FirmwareImage { try Self.image(bytes) }

    static func image(_ bytes: [UInt8]) throws -> FirmwareImage {
        try FirmwareImage(PartContent(bytes, name: "firmware"))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func guid(_ text: String) -> [UInt8] {
        let digits = Array(text.filter { $0 != "-" })
        let bytes = stride(from: 0, to: 32, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
        return bytes[0..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...]
    }
}
