/// The header of an entry of a "newc" archive: 110 bytes of ASCII (cpio(5), "New ASCII Format").
struct CpioHeader: Equatable {
    static let byteCount = 110
    /// The last entry's name.
    static let trailerName = Array("TRAILER!!!".utf8)
    /// The largest value of a field: eight hexadecimal digits.
    static let maximumField = 0xffff_ffff

    private static let magic = Array("070701".utf8)
    /// The magic of the variant with a checksum (GNU cpio's `-H crc`).
    private static let checkedMagic = Array("070702".utf8)

    var inode: UInt32 = 0
    var mode: UInt32 = 0
    var owner: UInt32 = 0
    var group: UInt32 = 0
    var linkCount: UInt32 = 1
    var modified: UInt32 = 0
    var size: UInt32 = 0
    /// The device that holds the file; together with the inode it identifies the file.
    var home = DeviceNumber()
    /// The number of a device entry.
    var device = DeviceNumber()
    /// The name's bytes with its NUL.
    var nameSize: UInt32 = 0
    /// The sum of a file's bytes in the variant with a checksum ("070702"), zero in the other.
    var check: UInt32 = 0
    /// Whether the entry is of the variant with a checksum, which is read and not written.
    var hasCheck = false
}

extension CpioHeader {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The header as it is stored.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.byteCount)
        for field in [
            inode, mode, owner, group, linkCount, modified, size, home.major, home.minor, device.major, device.minor,
            nameSize, check,
        ] {
            for shift in stride(from: 28, through: 0, by: -4) {
                bytes.append(Self.digits[Int(field >> UInt32(shift)) & 15])
            }
        }
        return bytes
    }

    /// Parses a header.
    ///
    /// - Parameters:
    ///   - bytes: 110 bytes.
    ///   - offset: Their position in the archive, for error messages.
    /// - Throws: `cpio.field-invalid` for another magic, and for a field that is not eight hexadecimal digits.
    init(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(RootFileSystemError) {
        precondition(bytes.count == Self.byteCount, "a header has 110 bytes")
        hasCheck = bytes.starts(with: Self.checkedMagic)
        guard hasCheck || bytes.starts(with: Self.magic) else {
            throw RootFileSystemError(
                .cpioFieldInvalid,
                subject: "c_magic at byte \(offset)",
                expected: "070701 (newc) or 070702 (crc)",
                found: EntryPath.readable(bytes.prefix(6))
            )
        }
        let names = [
            "c_ino", "c_mode", "c_uid", "c_gid", "c_nlink", "c_mtime", "c_filesize", "c_devmajor", "c_devminor",
            "c_rdevmajor", "c_rdevminor", "c_namesize", "c_check",
        ]
        var fields: [UInt32] = []
        for (index, name) in names.enumerated() {
            let start = bytes.startIndex + 6 + 8 * index
            fields.append(try Self.value(bytes[start..<start + 8], of: "\(name) at byte \(offset + 6 + 8 * index)"))
        }
        inode = fields[0]
        mode = fields[1]
        owner = fields[2]
        group = fields[3]
        linkCount = fields[4]
        modified = fields[5]
        size = fields[6]
        home = DeviceNumber(major: fields[7], minor: fields[8])
        device = DeviceNumber(major: fields[9], minor: fields[10])
        nameSize = fields[11]
        check = fields[12]
    }

    private static func value(_ digits: ArraySlice<UInt8>, of field: String) throws(RootFileSystemError) -> UInt32 {
        var value: UInt32 = 0
        for digit in digits {
            let number: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = digit - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = digit - UInt8(ascii: "A") + 10
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = digit - UInt8(ascii: "a") + 10
            default:
                throw RootFileSystemError(
                    .cpioFieldInvalid,
                    subject: field,
                    expected: "eight hexadecimal digits",
                    found: EntryPath.readable(digits)
                )
            }
            value = value << 4 | UInt32(number)
        }
        return value
    }

    /// The number of zeros after a size up to a multiple of four.
    static func padding(after size: Int) -> Int {
        (4 - size % 4) % 4
    }
}
