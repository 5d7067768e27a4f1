import Foundation
import LaunchMeasurement
import Testing

@Suite struct HostileFirmwareTests {
    private typealias Sev = SampleFirmware.SevSection
    private typealias Tdx = SampleFirmware.TdxSection

    private static func snp(_ bytes: [UInt8]) throws -> [UInt8] { try SnpTests.digest(bytes).bytes }

    private static func tdx(_ bytes: [UInt8]) throws -> [UInt8] {
        try TdxTests.measurement(bytes).buildDigest
    }

    @Test func `refuses an image that is cut anywhere`() {
        let bytes = SampleFirmware().bytes
        for count in 0..<bytes.count {
            let code = failure { _ = try SampleFirmware.image(Array(bytes[..<count])) }
            #expect(code == (count == 4096 ? .firmwareTableMissing : .firmwareSizeInvalid), "cut at \(count)")
        }
    }

    @Test func `survives a flip in every byte, and shows it`() throws {
        let whole = SampleFirmware().bytes
        let (snp, tdx) = (try Self.snp(whole), try Self.tdx(whole))
        for offset in Array(whole.count - 0x900..<whole.count) + [0, 4095, 4096] {
            for mask: UInt8 in [1, 0x80] {
                var bytes = whole
                bytes[offset] ^= mask
                var (otherSnp, otherTdx): ([UInt8]?, [UInt8]?)
                let snpCode = failure { otherSnp = try Self.snp(bytes) }
                let tdxCode = failure { otherTdx = try Self.tdx(bytes) }
                #expect(snpCode != nil || otherSnp != snp, "byte \(offset)")
                // The first page is not a measured section, like the variables in a real image.
                #expect(tdxCode != nil || otherTdx != tdx || offset < 4096, "byte \(offset)")
            }
        }
    }

    private static let page = UInt32(4096)
    private static let sevLies: [(SampleFirmware, LaunchMeasurementError.Code)] = [
        (SampleFirmware(sev: [Sev(address: 0, size: page, type: 9)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 1, size: page, type: 1)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 0, type: 1)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 100, type: 1)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 2 * page, type: 2)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 2 * page, type: 3)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 2 * page, type: 16)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0xffff_f000, size: 2 * page, type: 1)]), .sevMetadataInvalid),
        (SampleFirmware(sev: [Sev(address: 0, size: 0xffff_f000, type: 1)]), .sevMetadataInvalid),
        (SampleFirmware(sevVersion: 2), .sevMetadataInvalid), (SampleFirmware(sevCount: 4), .sevMetadataInvalid),
        (SampleFirmware(sevCount: .max), .sevMetadataInvalid), (SampleFirmware(sevDistance: 8), .sevMetadataInvalid),
        (SampleFirmware(sevDistance: 0), .firmwareTableInvalid),
        (SampleFirmware(sevDistance: .max), .firmwareTableInvalid),
        (SampleFirmware(sev: []), .kernelHashesUnsupported),
        (SampleFirmware(hashTableAddress: 0), .kernelHashesUnsupported),
        (SampleFirmware(hashTableAddress: 0x81_0fff), .kernelHashesUnsupported),
        (SampleFirmware(resetAddress: 0), .resetVectorMissing),
        (SampleFirmware(tableSize: 0), .firmwareTableInvalid), (SampleFirmware(tableSize: 17), .firmwareTableInvalid),
        (SampleFirmware(tableSize: .max), .firmwareTableInvalid),
        (SampleFirmware(tableSize: 60), .firmwareTableInvalid),
        (SampleFirmware(tableSize: 18), .sevMetadataMissing), (SampleFirmware(entryTwice: true), .firmwareTableInvalid),
    ]

    @Test(arguments: sevLies.indices)
    func `refuses a lie about SEV-SNP`(index: Int) {
        let (firmware, code) = Self.sevLies[index]
        #expect(failure { _ = try Self.snp(firmware.bytes) } == code)
    }

    private static let huge = UInt64(300) << 20
    private static let tdxLies: [(SampleFirmware, LaunchMeasurementError.Code)] = [
        (SampleFirmware(tdx: [Tdx(offset: 8000, rawSize: 4096, address: 0, size: 4096, type: 0)]), .tdxMetadataInvalid),
        (
            SampleFirmware(tdx: [Tdx(offset: .max, rawSize: .max, address: 0, size: 1 << 33, type: 0)]),
            .tdxMetadataInvalid
        ),
        (SampleFirmware(tdx: [Tdx(rawSize: 8192, address: 0, size: 4096, type: 0)]), .tdxMetadataInvalid),
        (SampleFirmware(tdx: [Tdx(address: 1, size: 4096, type: 0)]), .tdxMetadataInvalid),
        (SampleFirmware(tdx: [Tdx(address: 0, size: 4095, type: 0)]), .tdxMetadataInvalid),
        (SampleFirmware(tdx: [Tdx(address: .max - 4095, size: 4096, type: 0)]), .tdxMetadataInvalid),
        (SampleFirmware(tdx: [Tdx(address: 0, size: huge, type: 3)]), .tdxMetadataInvalid),
        (
            SampleFirmware(tdx: Array(repeating: Tdx(address: 0, size: 200 << 20, type: 3), count: 2)),
            .tdxMetadataInvalid
        ),
        (SampleFirmware(tdxVersion: 0), .tdxMetadataInvalid), (SampleFirmware(tdxLength: 16), .tdxMetadataInvalid),
        (SampleFirmware(tdxLength: .max), .tdxMetadataInvalid), (SampleFirmware(tdxDistance: 16), .tdxMetadataInvalid),
        (SampleFirmware(tdxDistance: 0), .firmwareTableInvalid), (SampleFirmware(tableSize: 18), .tdxMetadataMissing),
    ]

    @Test(arguments: tdxLies.indices)
    func `refuses a lie about TDX`(index: Int) {
        let (firmware, code) = Self.tdxLies[index]
        #expect(failure { _ = try Self.tdx(firmware.bytes) } == code)
    }

    @Test func `refuses an image beyond every OVMF's size before reading it`() throws {
        let zeros = PartContent([UInt8](repeating: 0, count: (64 << 20) + 4096), name: "firmware")
        #expect(failure { _ = try FirmwareImage(zeros) } == .firmwareSizeInvalid)
    }
}
