/// The header of a member of a tar archive: 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format").
///
/// Owner, group and time are zero, so equal members have equal headers.
struct TarHeader: Equatable {
    static let byteCount = 512
    /// The maximum of eleven octal digits.
    static let largestSize = 0o77_777_777_777
    /// Two blocks of zeros end an archive.
    static let endByteCount = 1024

    /// The type of a member.
    enum Kind: UInt8 {
        case file = 0x30
        /// Records that apply to the next member ("pax Extended Header").
        case extended = 0x78
    }

    let name: String
    let size: Int
    let kind: Kind

    /// - Parameters:
    ///   - name: At most 99 bytes of ASCII.
    ///   - size: A size beyond the field's maximum is written as zero, and an extended header contains it.
    ///   - kind: The member's type.
    init(name: String, size: Int, kind: Kind = .file) {
        precondition(name.utf8.count < 100 && size >= 0, "names are our own, and short")
        self.name = name
        self.size = size
        self.kind = kind
    }

    /// The encoded header.
    var bytes: [UInt8] {
        var head = [UInt8](repeating: 0, count: Self.byteCount)
        func put(_ text: String, at offset: Int) {
            head.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(Self.octal(size > Self.largestSize ? 0 : size, digits: 11), at: 124)
        put(Self.octal(0, digits: 11), at: 136)
        put("        ", at: 148)
        head[156] = kind.rawValue
        put("ustar\u{0}00", at: 257)
        put("0000000", at: 329)
        put("0000000", at: 337)
        let sum = head.reduce(0) { $0 + Int($1) }
        put(Self.octal(sum, digits: 6) + "\u{0} ", at: 148)
        return head
    }

    /// Parses the header of a file with a known name.
    ///
    /// - Parameters:
    ///   - bytes: 512 bytes.
    ///   - name: The expected member.
    /// - Returns: The header; nil for bytes that ``bytes`` would not produce.
    static func read(_ bytes: [UInt8], name: String) -> TarHeader? {
        guard bytes.count == byteCount else { return nil }
        var size = 0
        for digit in bytes[124..<135] {
            guard (0x30...0x37).contains(digit) else { return nil }
            size = size << 3 | Int(digit - 0x30)
        }
        let header = TarHeader(name: name, size: size)
        return header.bytes == bytes ? header : nil
    }

    private static func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// An extended header that aligns the content of the next member to a multiple of `alignment`.
    ///
    /// A comment pads it; readers ignore comments by the standard.
    ///
    /// - Parameters:
    ///   - name: The next member's name.
    ///   - size: Its size.
    ///   - offset: The offset of the extended header.
    ///   - alignment: A multiple of 512.
    /// - Returns: The extended header with its records, followed by the member's header.
    static func aligned(name: String, size: Int, at offset: Int, to alignment: Int) -> [UInt8] {
        let fixed = offset + 2 * byteCount
        var recordsSize = (fixed + alignment - 1) / alignment * alignment - fixed
        if recordsSize == 0 { recordsSize = alignment }
        var records = ""
        if size > largestSize { records = record("size", "\(size)") }
        let rest = recordsSize - records.utf8.count
        let head = "\(rest) comment="
        records += head + String(repeating: ".", count: rest - head.utf8.count - 1) + "\n"
        return TarHeader(name: "PaxHeaders/\(name)", size: recordsSize, kind: .extended).bytes + Array(records.utf8)
            + TarHeader(name: name, size: size).bytes
    }

    /// A record; its length includes the digits of the length.
    private static func record(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
        return "\(length)\(rest)"
    }

    /// The number of zeros that pad a content to whole blocks.
    static func padding(after size: Int) -> Int { (byteCount - size % byteCount) % byteCount }
}
