/// A folder's content in the making: entries one after another, none across a block's end.
struct Ext2Folder {
    private static let blockSize = Ext2Format.blockSize
    private static let headSize = 8

    private(set) var bytes: [UInt8] = []
    /// Where the entry begins that came last; it reaches to the end of its block.
    private var last = 0
    /// Where the entry would end if nothing came behind it.
    private var used = 0

    /// The content of a folder; the entries keep their order.
    init(inode: Int, parent: Int) {
        append(name: [UInt8(ascii: ".")], inode: inode, kind: .directory)
        append(name: [UInt8(ascii: "."), UInt8(ascii: ".")], inode: parent, kind: .directory)
    }

    mutating func append(name: [UInt8], inode: Int, kind: EntryKind) {
        let size = (Self.headSize + name.count).roundedUp(to: 4)
        let end = bytes.count
        if used + size > end {
            bytes += [UInt8](repeating: 0, count: Self.blockSize)
            last = end
        } else {
            bytes.put(UInt16(used - last), at: last + 4)
            last = used
        }
        used = last + size
        bytes.put(UInt32(inode), at: last)
        bytes.put(UInt16(bytes.count - last), at: last + 4)
        bytes[last + 6] = UInt8(name.count)
        bytes[last + 7] = Ext2Format.fileType(kind)
        bytes.put(name, at: last + Self.headSize)
    }

    /// How many blocks a folder with entries of these names takes.
    static func blockCount(nameLengths: some Sequence<Int>) -> Int {
        var blocks = 1
        // "." and ".." take twelve bytes each.
        var used = 24
        for length in nameLengths {
            let size = (headSize + length).roundedUp(to: 4)
            if used + size > blockSize {
                blocks += 1
                used = 0
            }
            used += size
        }
        return blocks
    }
}
