/// An OVMF image with the GUID table that hypervisors read.
///
/// The table ends 32 bytes before the image's end (EDK II, `OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm`). It is
/// parsed backwards; each entry is data, a two-byte size of data and header, and a GUID. The image is untrusted: every
/// size and position is checked.
package struct FirmwareImage: Sendable {
    private static let footer = Guid(0x96b5_82de, 0x1fb2, 0x45f7, 0xbaea_a366_c55a_082d)
    private static let bytesBehindTable = 32
    private static let headSize = 2 + Guid.size
    /// The largest accepted image: a quarter of the address space that QEMU reserves below 4 GiB, and far more than any
    /// OVMF.
    private static let mostBytes = 64 << 20
    static let pageSize = 4096

    /// The image's bytes.
    let bytes: [UInt8]
    private let table: [Guid: [UInt8]]

    /// Reads an image and parses its table.
    ///
    /// - Parameter content: The whole image, as it is mapped below 4 GiB.
    /// - Throws: `measure.firmware-size-invalid` for more than 64 MiB or a partial page,
    ///   `measure.firmware-table-missing`, `measure.firmware-table-invalid`, and read errors.
    package init(_ content: PartContent) throws(LaunchMeasurementError) {
        guard content.count > 0, content.count <= Self.mostBytes, content.count % Self.pageSize == 0 else {
            throw LaunchMeasurementError(
                .firmwareSizeInvalid,
                subject: content.name,
                expected: "whole pages of 4096 bytes, at most \(Self.mostBytes)",
                found: "\(content.count) bytes"
            )
        }
        bytes = try content.bytes(0..<content.count)
        table = try Self.table(of: bytes, name: content.name)
    }

    /// The image's guest-physical address; the image ends at 4 GiB.
    var address: UInt64 { (1 << 32) - UInt64(bytes.count) }

    /// The 32-bit number at the start of an entry's data; nil where there is no such entry.
    func number(_ guid: Guid) -> UInt32? {
        table[guid]?.field(at: 0)
    }

    /// The offset in the image that an entry gives as a distance from the image's end; nil where there is no such
    /// entry.
    ///
    /// - Throws: `measure.firmware-table-invalid` for an offset outside of the image.
    func place(_ guid: Guid) throws(LaunchMeasurementError) -> Int? {
        guard table[guid] != nil else { return nil }
        guard let distance = number(guid), distance > 0, Int(distance) <= bytes.count else {
            throw Self.invalid("a distance of at most \(bytes.count)", "\(number(guid).map(String.init) ?? "none")")
        }
        return bytes.count - Int(distance)
    }

    private static func table(of bytes: [UInt8], name: String) throws(LaunchMeasurementError) -> [Guid: [UInt8]] {
        // The image has at least one page, so this is not negative.
        var end = bytes.count - bytesBehindTable - headSize
        guard bytes.field(at: end + 2, count: Guid.size) == footer.bytes, let size: UInt16 = bytes.field(at: end)
        else {
            throw LaunchMeasurementError(.firmwareTableMissing, subject: name, expected: "an OVMF image")
        }
        let start = end + headSize - Int(size)
        guard start >= 0, start <= end else { throw invalid("a table that lies in the image", "\(size) bytes") }
        var table: [Guid: [UInt8]] = [:]
        while end > start {
            guard let size: UInt16 = bytes.field(at: end - headSize),
                let guid = bytes.field(at: end - Guid.size, count: Guid.size),
                Int(size) >= headSize, end - Int(size) >= start
            else { throw invalid("entries that fill the table", "another size at \(end - headSize)") }
            let data = Array(bytes[end - Int(size)..<end - headSize])
            guard table.updateValue(data, forKey: Guid(guid)) == nil else {
                throw invalid("an entry once", "it twice at \(end - headSize)")
            }
            end -= Int(size)
        }
        return table
    }

    private static func invalid(_ expected: String, _ found: String) -> LaunchMeasurementError {
        LaunchMeasurementError(.firmwareTableInvalid, subject: "firmware's table", expected: expected, found: found)
    }
}
