extension Ext2Image {
    /// Takes the first block in the content, its place in the image, and how many lie there in a row.
    typealias RunVisitor = (_ first: Int, _ place: Int, _ count: Int) throws(RootFileSystemError) -> Void

    /// Goes through the blocks of an inode's content in order; holes are left out.
    ///
    /// Each block is claimed, so this can be done once for an inode.
    ///
    /// - Throws: `ext2.block-*`, `ext2.inode-invalid` where blocks lie behind the end or the count of them is wrong.
    func forEachRun(of inode: StoredInode, _ visit: RunVisitor) throws(RootFileSystemError) {
        let size = superblock.blockSize
        var walk = ContentWalk(inode: inode, limit: (inode.size + size - 1) / size)
        for slot in 0..<Ext2Format.directPointerCount {
            try step(&walk, pointer: inode.pointers[slot], level: 0, visit)
        }
        for level in 1...3 {
            let pointer = inode.pointers[Ext2Format.directPointerCount + level - 1]
            try step(&walk, pointer: pointer, level: level, visit)
        }
        try walk.flush(visit)
        guard walk.position >= walk.limit else {
            throw invalid("i_size", inode, "at most \(walk.position * size) bytes", "\(inode.size)")
        }
        let attributes = inode.attributeBlock == 0 ? 0 : 1
        let sectors = (walk.blockCount + attributes) * (size / 512)
        guard sectors == inode.sectors else { throw invalid("i_blocks", inode, "\(sectors)", "\(inode.sectors)") }
    }

    /// How far the way through a content has come.
    private struct ContentWalk {
        let inode: StoredInode
        /// How many blocks the size allows.
        let limit: Int
        /// The next block in the content.
        var position = 0
        /// Blocks met so far, index blocks too.
        var blockCount = 0
        var run = (first: 0, place: 0, count: 0)

        mutating func append(_ place: Int, _ visit: RunVisitor) throws(RootFileSystemError) {
            if run.count > 0, run.first + run.count == position, run.place + run.count == place {
                run.count += 1
            } else {
                try flush(visit)
                run = (position, place, 1)
            }
        }

        mutating func flush(_ visit: RunVisitor) throws(RootFileSystemError) {
            if run.count > 0 { try visit(run.first, run.place, run.count) }
            run.count = 0
        }
    }

    private func step(
        _ walk: inout ContentWalk,
        pointer: UInt32,
        level: Int,
        _ visit: RunVisitor
    ) throws(RootFileSystemError) {
        let fanOut = superblock.blockSize / 4
        guard pointer != 0 else {
            walk.position += (0..<level).reduce(1) { span, _ in span * fanOut }
            return
        }
        guard walk.position < walk.limit else {
            throw invalid("i_block", walk.inode, "nothing behind the end", "block \(pointer)")
        }
        try claim(Int(pointer), for: "inode \(walk.inode.number)")
        walk.blockCount += 1
        guard level > 0 else {
            try walk.append(Int(pointer), visit)
            walk.position += 1
            return
        }
        let table = try read(Int(pointer))
        for index in 0..<fanOut {
            try step(&walk, pointer: table.number(at: 4 * index), level: level - 1, visit)
        }
    }

    /// Checks that an inode with inline content has no blocks.
    func checkHasNoBlocks(_ inode: StoredInode) throws(RootFileSystemError) {
        let sectors = inode.attributeBlock == 0 ? 0 : superblock.blockSize / 512
        guard inode.sectors == sectors else { throw invalid("i_blocks", inode, "\(sectors)", "\(inode.sectors)") }
    }

    /// A symbolic link's target.
    ///
    /// - Throws: `ext2.inode-invalid` for a target of no bytes or too many.
    func target(of inode: StoredInode) throws(RootFileSystemError) -> [UInt8] {
        let isFast = inode.sectors == (inode.attributeBlock == 0 ? 0 : superblock.blockSize / 512)
        let longest = isFast ? Ext2Format.maximumFastTarget : min(superblock.blockSize - 1, EntryPath.maximumByteCount)
        guard (1...longest).contains(inode.size) else {
            throw invalid("i_size", inode, "1 to \(longest) for a symbolic link", "\(inode.size)")
        }
        if isFast { return Array(inode.content[..<inode.size]) }
        var target: [UInt8] = []
        try forEachRun(of: inode) { _, place, _ throws(RootFileSystemError) in target = try read(place) }
        guard target.count >= inode.size else { throw invalid("i_block", inode, "a target", "a hole") }
        return Array(target[..<inode.size])
    }

    func invalid(_ field: String, _ inode: StoredInode, _ expected: String, _ found: String) -> RootFileSystemError {
        RootFileSystemError(
            .ext2InodeInvalid,
            subject: "\(field) of inode \(inode.number)",
            expected: expected,
            found: found
        )
    }
}
