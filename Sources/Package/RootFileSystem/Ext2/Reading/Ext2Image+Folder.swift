/// An entry of a folder.
struct FolderEntry {
    let name: [UInt8]
    let inode: Int
    let type: UInt8
}

extension Ext2Image {
    /// What a folder holds, in its own order, without "." and "..".
    ///
    /// - Throws: `ext2.folder-invalid` for what is no list of entries, for names that are none, and for a name twice.
    func entries(of folder: StoredInode, parent: Int) throws(RootFileSystemError) -> [FolderEntry] {
        let size = superblock.blockSize
        guard folder.size > 0, folder.size % size == 0 else {
            throw invalid(folder, 0, "a size of whole blocks", "\(folder.size)")
        }
        var entries: [FolderEntry] = []
        var names: Set<[UInt8]> = []
        var next = 0
        try forEachRun(of: folder) { first, place, count throws(RootFileSystemError) in
            guard first == next else { throw invalid(folder, next * size, "no hole", "a hole") }
            for block in 0..<count {
                let bytes = try read(place + block)
                try append(bytes, at: (first + block) * size, of: folder, parent: parent, to: &entries, names: &names)
            }
            next = first + count
        }
        guard next == folder.size / size else { throw invalid(folder, next * size, "no hole", "a hole") }
        return entries
    }

    private func append(
        _ block: [UInt8],
        at base: Int,
        of folder: StoredInode,
        parent: Int,
        to entries: inout [FolderEntry],
        names: inout Set<[UInt8]>
    ) throws(RootFileSystemError) {
        var offset = 0
        while offset < block.count {
            guard offset + 8 <= block.count else { throw invalid(folder, base + offset, "an entry", "the block's end") }
            let inode = Int(block.number(at: offset, as: UInt32.self))
            let length = Int(block.number(at: offset + 4, as: UInt16.self))
            let nameLength = Int(block[offset + 6])
            let type = block[offset + 7]
            guard length >= 8, length % 4 == 0, offset + length <= block.count, inode == 0 || 8 + nameLength <= length
            else {
                throw invalid(
                    folder,
                    base + offset,
                    "an entry's length that fits",
                    "\(length) for a name of \(nameLength)"
                )
            }
            let name = Array(block[offset + 8..<offset + 8 + (inode == 0 ? 0 : nameLength)])
            switch base + offset {
            case 0:
                guard name == Array(".".utf8), inode == folder.number, length == 12 else {
                    throw invalid(
                        folder,
                        0,
                        "\".\" with inode \(folder.number)",
                        "\(EntryPath.readable(name)), inode \(inode)"
                    )
                }
            case 12:
                guard name == Array("..".utf8), inode == parent else {
                    throw invalid(
                        folder,
                        12,
                        "\"..\" with inode \(parent)",
                        "\(EntryPath.readable(name)), inode \(inode)"
                    )
                }
            default:
                if inode != 0 {
                    guard EntryPath.isName(name) else {
                        throw invalid(folder, base + offset, "a name without \"/\" and NUL", EntryPath.readable(name))
                    }
                    guard names.insert(name).inserted else {
                        throw invalid(folder, base + offset, "each name once", "\(EntryPath.readable(name)) twice")
                    }
                    entries.append(FolderEntry(name: name, inode: inode, type: type))
                }
            }
            offset += length
        }
    }

    private func invalid(
        _ folder: StoredInode,
        _ offset: Int,
        _ expected: String,
        _ found: String
    ) -> RootFileSystemError {
        RootFileSystemError(
            .ext2FolderInvalid,
            subject: "byte \(offset) of the folder of inode \(folder.number)",
            expected: expected,
            found: found
        )
    }
}
