extension Ext2Image {
    /// The extended attributes of an inode, those in it and those in a block of their own, sorted by name.
    ///
    /// - Throws: `ext2.attribute-invalid`, `ext2.attribute-unsupported` for an access control list, `ext2.block-*`.
    func attributes(of inode: StoredInode) throws(RootFileSystemError) -> [ExtendedAttribute] {
        var attributes: [ExtendedAttribute] = []
        let tail = inode.tail
        if tail.count >= 4, tail.number(at: 0, as: UInt32.self) == AttributeBlock.magic {
            // In an inode, values count from behind the magic, and nothing has a hash.
            attributes += try list(Array(tail[4...]), from: 0, hashed: false, of: inode)
        }
        if inode.attributeBlock != 0 {
            guard Int(inode.attributeBlock) < superblock.blockCount else {
                try claim(Int(inode.attributeBlock), for: "the attributes of inode \(inode.number)")
                return []
            }
            let block = try read(Int(inode.attributeBlock))
            let magic = block.number(at: 0, as: UInt32.self)
            let shares = block.number(at: 4, as: UInt32.self)
            guard magic == AttributeBlock.magic, (1...1024).contains(shares), block.number(at: 8, as: UInt32.self) == 1
            else {
                throw invalid(inode, "a head with its magic, 1 to 1024 owners and one block", "something else")
            }
            try claimAttributes(inode.attributeBlock, shares: shares, inode: inode.number)
            attributes += try list(block, from: AttributeBlock.headSize, hashed: true, of: inode)
        }
        guard Set(attributes.map(\.name)).count == attributes.count else {
            throw invalid(inode, "each name once", "a name twice")
        }
        return attributes.sorted { $0.name < $1.name }
    }

    private func list(
        _ bytes: [UInt8],
        from start: Int,
        hashed: Bool,
        of inode: StoredInode
    ) throws(RootFileSystemError) -> [ExtendedAttribute] {
        var attributes: [ExtendedAttribute] = []
        var offset = start
        while offset + 4 <= bytes.count, bytes.number(at: offset, as: UInt32.self) != 0 {
            let nameEnd = offset + AttributeBlock.entrySize + Int(bytes[offset])
            guard nameEnd <= bytes.count else { throw invalid(inode, "a name in the block", "one beyond it") }
            let place = Int(bytes.number(at: offset + 2, as: UInt16.self))
            let otherBlock = bytes.number(at: offset + 4, as: UInt32.self)
            let size = Int(bytes.number(at: offset + 8, as: UInt32.self))
            guard otherBlock == 0, size <= bytes.count, place + size.roundedUp(to: 4) <= bytes.count,
                size == 0 || place >= nameEnd
            else { throw invalid(inode, "a value behind its name", "\(size) bytes at \(place)") }
            guard let prefix = AttributeBlock.prefixes.first(where: { $0.index == bytes[offset + 1] }),
                let rest = String(validating: bytes[offset + AttributeBlock.entrySize..<nameEnd], as: UTF8.self),
                !rest.isEmpty, !rest.utf8.contains(0)
            else {
                throw RootFileSystemError(
                    .ext2AttributeUnsupported,
                    subject: "inode \(inode.number)",
                    expected: "attributes of user, trusted and security",
                    found: "name index \(bytes[offset + 1])"
                )
            }
            if hashed {
                let padded = Array(bytes[place..<place + size.roundedUp(to: 4)])
                let name = Array(bytes[offset + AttributeBlock.entrySize..<nameEnd])
                let expected = AttributeBlock.hash(name: name, value: size == 0 ? [] : padded)
                let found = bytes.number(at: offset + 12, as: UInt32.self)
                guard expected == found else { throw invalid(inode, "the hash \(expected)", "\(found)") }
            }
            attributes.append(
                ExtendedAttribute(name: prefix.name + rest, value: Array(bytes[place..<place + size]))
            )
            offset = nameEnd.roundedUp(to: 4)
        }
        return attributes
    }

    private func invalid(_ inode: StoredInode, _ expected: String, _ found: String) -> RootFileSystemError {
        RootFileSystemError(
            .ext2AttributeInvalid,
            subject: "the attributes of inode \(inode.number)",
            expected: expected,
            found: found
        )
    }
}
