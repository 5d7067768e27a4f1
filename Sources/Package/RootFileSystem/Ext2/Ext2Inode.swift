/// An inode as this module writes it (`struct ext2_inode`, 128 bytes).
struct Ext2Inode {
    var metadata: EntryMetadata
    var linkCount: Int
    /// The content's size; for a folder that of its blocks.
    var size: Int
    /// All blocks that hang on it: content, index blocks, attributes.
    var blockCount: Int
    /// The fifteen pointers as 60 bytes, or a short target, or a device's number.
    var content: [UInt8]
    /// The block of extended attributes, or 0.
    var attributeBlock: UInt32

    /// The inode's bytes in the table.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Ext2Format.inodeSize)
        let time = UInt32(truncatingIfNeeded: metadata.modified)
        bytes.put(metadata.mode, at: 0)
        bytes.put(UInt16(truncatingIfNeeded: metadata.owner), at: 2)
        bytes.put(UInt32(truncatingIfNeeded: size), at: 4)
        bytes.put(time, at: 8)  // last access
        bytes.put(time, at: 12)  // last change of the inode
        bytes.put(time, at: 16)  // last change of the content
        bytes.put(UInt16(truncatingIfNeeded: metadata.group), at: 24)
        bytes.put(UInt16(linkCount), at: 26)
        bytes.put(UInt32(blockCount * Ext2Format.sectorsPerBlock), at: 28)
        bytes.put(content, at: 40)
        bytes.put(attributeBlock, at: 104)
        if metadata.kind == .file { bytes.put(UInt32(truncatingIfNeeded: size >> 32), at: 108) }
        bytes.put(UInt16(metadata.owner >> 16), at: 120)
        bytes.put(UInt16(metadata.group >> 16), at: 122)
        return bytes
    }

    /// Pointers as they stand in an inode.
    static func content(_ pointers: [UInt32]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4 * Ext2Format.pointerCount)
        for (index, pointer) in pointers.enumerated() { bytes.put(pointer, at: 4 * index) }
        return bytes
    }

    /// A device's number: 16 bits in the first word where that is enough, 32 in the second otherwise.
    static func content(_ device: DeviceNumber) -> [UInt8] {
        if device.major < 256 && device.minor < 256 { return content([device.major << 8 | device.minor]) }
        return content([0, device.minor & 0xff | device.major << 8 | (device.minor & ~0xff) << 12])
    }
}
