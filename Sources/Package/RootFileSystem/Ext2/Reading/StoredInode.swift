/// An inode that somebody else wrote, checked for itself alone (`struct ext2_inode`).
struct StoredInode {
    /// What makes the content something else than blocks in a row: compression, encryption, extents, inline data.
    private static let foreignFlags: UInt32 = 0x4 | 0x800 | 0x8_0000 | 0x1000_0000

    let number: Int
    let metadata: EntryMetadata
    let linkCount: Int
    /// The size field; for a folder that of its blocks.
    let size: Int
    /// Sectors of 512 bytes.
    let sectors: Int
    /// The fifteen pointers.
    let pointers: [UInt32]
    /// The same as bytes: the place of a short link target.
    let content: [UInt8]
    let attributeBlock: UInt32
    /// The bytes of the inode after its fields: attributes, or nothing.
    let tail: [UInt8]

    /// - Throws: `ext2.inode-invalid`.
    init(_ bytes: [UInt8], number: Int) throws(RootFileSystemError) {
        func invalid(_ field: String, _ expected: String, _ found: String) -> RootFileSystemError {
            RootFileSystemError(
                .ext2InodeInvalid,
                subject: "\(field) of inode \(number)",
                expected: expected,
                found: found
            )
        }
        let mode = bytes.number(at: 0, as: UInt16.self)
        guard let kind = EntryKind(mode: UInt32(mode)) else {
            throw invalid("i_mode", "the mode of a file, folder, link, device, fifo or socket", "\(mode)")
        }
        let deleted = bytes.number(at: 20, as: UInt32.self)
        guard deleted == 0 else { throw invalid("i_dtime", "0", "\(deleted)") }
        let flags = bytes.number(at: 32, as: UInt32.self)
        guard flags & Self.foreignFlags == 0 else { throw invalid("i_flags", "no extents and the like", "\(flags)") }
        linkCount = Int(bytes.number(at: 26, as: UInt16.self))
        guard linkCount > 0 else { throw invalid("i_links_count", "at least 1", "0") }
        let high = kind == .file ? Int(bytes.number(at: 108, as: UInt32.self)) : 0
        let size = high << 32 | Int(bytes.number(at: 4, as: UInt32.self))
        guard size < 1 << 44 else { throw invalid("i_size", "less than \(1 << 44)", "\(size)") }
        self.size = size
        self.number = number
        sectors = Int(bytes.number(at: 28, as: UInt32.self))
        pointers = (0..<Ext2Format.pointerCount).map { bytes.number(at: 40 + 4 * $0) }
        content = Array(bytes[40..<100])
        attributeBlock = bytes.number(at: 104)
        let extra = bytes.count > 128 ? Int(bytes.number(at: 128, as: UInt16.self)) : 0
        guard extra % 4 == 0, bytes.count == 128 || 128 + extra <= bytes.count else {
            throw invalid("i_extra_isize", "at most \(bytes.count - 128)", "\(extra)")
        }
        tail = bytes.count > 128 + extra ? Array(bytes[(128 + extra)...]) : []
        metadata = EntryMetadata(
            kind: kind,
            permissions: mode & 0o7777,
            owner: UInt32(bytes.number(at: 2, as: UInt16.self)) | UInt32(bytes.number(at: 120, as: UInt16.self)) << 16,
            group: UInt32(bytes.number(at: 24, as: UInt16.self)) | UInt32(bytes.number(at: 122, as: UInt16.self)) << 16,
            modified: Int64(Int32(bitPattern: bytes.number(at: 16, as: UInt32.self))),
            size: kind == .file || kind == .symbolicLink ? size : 0,
            device: kind.isDevice ? Self.device(pointers) : DeviceNumber()
        )
    }

    private static func device(_ pointers: [UInt32]) -> DeviceNumber {
        if pointers[0] != 0 { return DeviceNumber(major: pointers[0] >> 8 & 0xff, minor: pointers[0] & 0xff) }
        let word = pointers[1]
        return DeviceNumber(major: word >> 8 & 0xfff, minor: word & 0xff | word >> 12 & 0xf_ff00)
    }
}
