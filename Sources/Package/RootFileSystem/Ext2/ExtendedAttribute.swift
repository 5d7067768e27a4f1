import CLinux
import Files
import Glibc

/// A named value beside a file's content, such as `security.capability`.
package struct ExtendedAttribute: Hashable, Sendable {
    /// The whole name, as Linux has it.
    package let name: String
    /// The value, as Linux has it.
    package let value: [UInt8]

    package init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// The attributes of an entry that belong into an image: `security.capability` and `user.*`.
    ///
    /// Others describe the machine that holds the tree (`security.selinux`, `trusted.overlay.*`); an access control list
    /// is refused, for leaving it out would loosen or tighten the entry in silence.
    ///
    /// - Returns: Attributes in the order of their names.
    /// - Throws: `file.unreadable`, `ext2.attribute-unsupported`.
    static func read(_ path: EntryPath, in root: Descriptor) throws(RootFileSystemError) -> [ExtendedAttribute] {
        let place = Self.place(path, in: root)
        var attributes: [ExtendedAttribute] = []
        for part in try names(path, in: root) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if name.hasPrefix(Self.listPrefix) {
                throw RootFileSystemError(
                    .ext2AttributeUnsupported,
                    subject: "\(path)",
                    expected: "no access control list (setfacl -b removes it)",
                    found: name
                )
            }
            guard isKept(name) else { continue }
            var value = [UInt8](repeating: 0, count: 1 << 16)
            // Safe: the buffers are ours, the size is passed, and they outlive the call.
            let size = unsafe linux_get_attribute(place, Array(part) + [0], &value, value.count)
            guard size >= 0 else { throw Descriptor.failure(.fileUnreadable, "\(path)") }
            attributes.append(ExtendedAttribute(name: name, value: Array(value[..<size])))
        }
        return attributes.sorted { $0.name < $1.name }
    }

    /// Whether an entry has attributes or an access control list, which a format without them loses.
    ///
    /// - Throws: `file.unreadable`.
    static func areAny(_ path: EntryPath, in root: Descriptor) throws(RootFileSystemError) -> Bool {
        try names(path, in: root).contains { part in
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return isKept(name) || name.hasPrefix(listPrefix)
        }
    }

    private static let listPrefix = "system.posix_acl_"

    private static func isKept(_ name: String) -> Bool { name == "security.capability" || name.hasPrefix("user.") }

    /// The names of an entry's attributes, as the system lists them.
    private static func names(
        _ path: EntryPath,
        in root: Descriptor
    ) throws(RootFileSystemError) -> [ArraySlice<CChar>] {
        var names = [CChar](repeating: 0, count: 1 << 16)
        // Safe: the buffer is ours, its size is passed, and it outlives the call.
        let count = unsafe linux_list_attributes(place(path, in: root), &names, names.count)
        if count < 0 && (errno == ENOTSUP || errno == ENODATA) { return [] }
        guard count >= 0 else { throw Descriptor.failure(.fileUnreadable, "\(path)") }
        return names[..<count].split(separator: 0)
    }

    /// The calls take no folder, so the way goes through this process's own open file; links are not followed.
    private static func place(_ path: EntryPath, in root: Descriptor) -> [CChar] {
        Array("/proc/self/fd/\(root.number)/".utf8).map { CChar(bitPattern: $0) } + path.cString
    }
}

/// A block of extended attributes (`fs/ext2/xattr.h`, "header, entries, values from the end").
enum AttributeBlock {
    static let magic: UInt32 = 0xea02_0000
    static let headSize = 32
    static let entrySize = 16

    /// The prefixes that are numbers on the disk.
    static let prefixes: [(index: UInt8, name: String)] = [(1, "user."), (4, "trusted."), (6, "security.")]

    /// The block for attributes.
    ///
    /// - Throws: `ext2.attribute-unsupported` where they do not fit in one block.
    static func bytes(
        _ attributes: [ExtendedAttribute],
        of path: @autoclosure () -> EntryPath
    ) throws(RootFileSystemError) -> [UInt8] {
        var entries: [(index: UInt8, name: [UInt8], value: [UInt8])] = []
        for attribute in attributes {
            guard let prefix = prefixes.first(where: { attribute.name.hasPrefix($0.name) }) else { continue }
            entries.append(
                (prefix.index, Array(attribute.name.utf8.dropFirst(prefix.name.utf8.count)), attribute.value)
            )
        }
        // The kernel looks in this order.
        entries.sort { left, right in
            if left.index != right.index { return left.index < right.index }
            if left.name.count != right.name.count { return left.name.count < right.name.count }
            return left.name.lexicographicallyPrecedes(right.name)
        }
        var block = [UInt8](repeating: 0, count: Ext2Format.blockSize)
        var (start, end) = (headSize, block.count)
        var blockHash: UInt32 = 0
        for entry in entries {
            let size = (entrySize + entry.name.count).roundedUp(to: 4)
            let valueSize = entry.value.count.roundedUp(to: 4)
            // Four zeros end the entries.
            guard start + size + 4 <= end - valueSize, entry.name.count <= 255 else {
                throw RootFileSystemError(
                    .ext2AttributeUnsupported,
                    subject: "\(path())",
                    expected: "extended attributes of less than \(Ext2Format.blockSize) bytes",
                    found: "more"
                )
            }
            end -= valueSize
            let padded = entry.value + [UInt8](repeating: 0, count: valueSize - entry.value.count)
            let hash = hash(name: entry.name, value: padded)
            block[start] = UInt8(entry.name.count)
            block[start + 1] = entry.index
            block.put(UInt16(entry.value.isEmpty ? 0 : end), at: start + 2)
            block.put(UInt32(entry.value.count), at: start + 8)
            block.put(hash, at: start + 12)
            block.put(entry.name, at: start + entrySize)
            block.put(padded, at: end)
            start += size
            blockHash = (blockHash << 16 | blockHash >> 16) ^ hash
        }
        block.put(magic, at: 0)
        block.put(UInt32(1), at: 4)  // one inode has this block
        block.put(UInt32(1), at: 8)  // one block
        block.put(blockHash, at: 12)
        return block
    }

    /// An entry's hash (`ext2_xattr_hash_entry`); the value comes padded to words.
    static func hash(name: [UInt8], value: [UInt8]) -> UInt32 {
        var hash: UInt32 = 0
        for byte in name { hash = (hash << 5 ^ hash >> 27) ^ UInt32(byte) }
        for offset in stride(from: 0, to: value.count, by: 4) {
            hash = (hash << 16 ^ hash >> 16) ^ value.number(at: offset, as: UInt32.self)
        }
        return hash
    }
}
