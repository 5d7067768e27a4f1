/// The header of a tar entry: a block of 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual,
/// "Basic Tar Format").
struct TarHeader: Equatable {
    static let byteCount = 512

    /// The values of the field `typeflag`.
    enum Kind: UInt8 {
        case oldFile = 0
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case characterDevice = 0x33
        case blockDevice = 0x34
        case directory = 0x35
        case fifo = 0x36
        case contiguousFile = 0x37
        case paxRecords = 0x78
        case paxGlobalRecords = 0x67
        case gnuLongName = 0x4c
        case gnuLongTarget = 0x4b

        /// Whether content follows the header.
        var hasContent: Bool {
            switch self {
            case .oldFile, .file, .contiguousFile, .paxRecords, .paxGlobalRecords, .gnuLongName, .gnuLongTarget: true
            default: false
            }
        }
    }

    let name: [UInt8]
    let mode: Int
    let owner: Int
    let group: Int
    let size: Int
    let modified: Int
    let kind: Kind
    let target: [UInt8]
    let deviceMajor: Int
    let deviceMinor: Int

    /// Parses a header.
    ///
    /// - Parameters:
    ///   - block: 512 bytes that are not all zero.
    ///   - place: The entry's position for error messages.
    /// - Throws: `container.archive-field-invalid`, also for a wrong checksum; `container.entry-unsupported` for
    ///   another type.
    init(_ block: [UInt8], place: String) throws(ContainerError) {
        precondition(block.count == Self.byteCount, "a header is one block")
        let field = Field(block: block, place: place)
        try field.checkSum()
        guard let kind = Kind(rawValue: block[156]) else {
            throw ContainerError(
                .entryUnsupported,
                subject: place,
                expected: "a file, folder, link, device or fifo, for umoci and buildah refuse the other types, too",
                found: Self.name(ofType: block[156])
            )
        }
        // "ustar" NUL has a prefix field, and star's variant a shorter one; GNU's "ustar" with two spaces has other fields
        // there, and older formats have none.
        let isPosix = block[257..<263].elementsEqual("ustar\0".utf8)
        let isStar = isPosix && block[508..<512].elementsEqual("tar\0".utf8)
        let prefix = isPosix ? field.text(345..<(isStar ? 476 : 500)) : []
        let name = field.text(0..<100)
        self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
        mode = try field.number(100..<108, "mode")
        owner = try field.number(108..<116, "uid")
        group = try field.number(116..<124, "gid")
        // Types without content may state a size, as BSD's tar does for a hard link; no content follows.
        size = kind.hasContent ? try field.number(124..<136, "size") : 0
        modified = try field.number(136..<148, "mtime", isSigned: true)
        target = field.text(157..<257)
        let isDevice =
            (kind == .characterDevice || kind == .blockDevice) && block[257..<262].elementsEqual("ustar".utf8)
        deviceMajor = isDevice ? try field.number(329..<337, "devmajor") : 0
        deviceMinor = isDevice ? try field.number(337..<345, "devminor") : 0
        self.kind = kind
    }

    private static func name(ofType type: UInt8) -> String {
        switch type {
        case UInt8(ascii: "S"): "a sparse file of GNU tar's own format (--format=posix writes one that is read)"
        case UInt8(ascii: "D"): "a folder's listing of GNU tar (--incremental)"
        case UInt8(ascii: "M"): "the continuation of a file of another volume"
        case UInt8(ascii: "V"): "a volume's label"
        default: "typeflag \(type)"
        }
    }

    /// Decodes fields of a block.
    private struct Field {
        let block: [UInt8]
        let place: String

        /// Decodes a text up to its NUL.
        func text(_ range: Range<Int>) -> [UInt8] {
            Array(block[range].prefix { $0 != 0 })
        }

        /// Compares the checksum; old writers added the bytes as signed numbers.
        func checkSum() throws(ContainerError) {
            let stated = try number(148..<156, "chksum")
            var (unsigned, signed) = (0, 0)
            for (index, byte) in block.enumerated() {
                let byte = (148..<156).contains(index) ? 0x20 : byte
                unsigned += Int(byte)
                signed += Int(Int8(bitPattern: byte))
            }
            guard stated == unsigned || stated == signed else { throw invalid("chksum", "\(unsigned)", "\(stated)") }
        }

        /// Decodes octal digits between optional spaces and NULs; or GNU's base 256, whose first bit is set.
        func number(_ range: Range<Int>, _ name: String, isSigned: Bool = false) throws(ContainerError) -> Int {
            let bytes = block[range]
            if let first = bytes.first, first & 0x80 != 0 {
                return try binary(bytes, name, isNegative: first & 0x40 != 0, isSigned: isSigned)
            }
            let isPadding = { (byte: UInt8) in byte == 0 || byte == 0x20 }
            var digits = bytes.drop(while: isPadding)
            while let last = digits.last, isPadding(last) { digits.removeLast() }
            var value = 0
            for digit in digits {
                guard (0x30...0x37).contains(digit) else { throw invalid(name, "octal digits", nil) }
                value = value << 3 | Int(digit - 0x30)
            }
            return value
        }

        private func binary(
            _ bytes: ArraySlice<UInt8>,
            _ name: String,
            isNegative: Bool,
            isSigned: Bool
        ) throws(ContainerError) -> Int {
            var value = isNegative ? -1 : 0
            for (index, byte) in bytes.enumerated() {
                let byte = index == 0 && !isNegative ? byte & 0x7f : byte
                let (high, overflow) = value.multipliedReportingOverflow(by: 256)
                guard !overflow else { throw invalid(name, "a number of 63 bits", nil) }
                value = high | Int(byte)
            }
            guard value >= 0 || isSigned else { throw invalid(name, "at least 0", "\(value)") }
            return value
        }

        func invalid(_ name: String, _ expected: String, _ found: String?) -> ContainerError {
            ContainerError(.archiveFieldInvalid, subject: "\(name) of \(place)", expected: expected, found: found)
        }
    }
}
