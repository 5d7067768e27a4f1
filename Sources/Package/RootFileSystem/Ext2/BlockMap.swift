/// How a file's blocks hang on its inode: twelve directly, then through one, two and three index blocks.
struct BlockMap {
    /// An index block in the making.
    private struct Table {
        let identity: Int
        let block: UInt32
        var pointers: [UInt8]
    }

    private static let fanOut = Ext2Format.blockSize / 4
    private static let fanOutBits = 10

    /// The fifteen pointers of the inode.
    private(set) var pointers = [UInt32](repeating: 0, count: Ext2Format.pointerCount)
    private var tables = [Table?](repeating: nil, count: 4)

    /// Places a file's blocks: an index block directly precedes the first block that it names.
    ///
    /// - Parameters:
    ///   - runs: The blocks that hold something, in order.
    ///   - cursor: Gives the places.
    ///   - writeIndex: Takes a finished index block and its place.
    ///   - writeData: Takes the first block in the file, its place, and how many lie there in a row.
    /// - Throws: What the two throw.
    init(
        placing runs: [BlockRun],
        at cursor: inout BlockCursor,
        writeIndex: (UInt32, [UInt8]) throws(RootFileSystemError) -> Void,
        writeData: (Int, UInt32, Int) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        var row = (first: 0, place: UInt32(0), count: 0)
        for run in runs {
            for block in run.first..<run.first + run.count {
                let place = try self.place(block, at: &cursor, writeIndex)
                if row.count > 0, row.first + row.count == block, row.place + UInt32(row.count) == place {
                    row.count += 1
                    continue
                }
                if row.count > 0 { try writeData(row.first, row.place, row.count) }
                row = (block, place, 1)
            }
        }
        if row.count > 0 { try writeData(row.first, row.place, row.count) }
        for level in 1...3 { try close(level, writeIndex) }
    }

    /// How many index blocks the placing of runs takes.
    static func indexBlockCount(_ runs: [BlockRun]) -> Int {
        var count = 0
        var last = [Int](repeating: -1, count: 4)
        for run in runs {
            var block = max(run.first, Ext2Format.directPointerCount)
            while block < run.first + run.count {
                let way = Self.way(to: block)
                for level in 1...way.depth where last[level] != way.identity(level) {
                    last[level] = way.identity(level)
                    count += 1
                }
                block += fanOut - way.offset % fanOut
            }
        }
        return count
    }

    /// The way from the inode to a block.
    private struct Way {
        /// Which of the inode's pointers: 12, 13 or 14.
        let slot: Int
        /// How many index blocks lie between.
        let depth: Int
        /// The block's number below that pointer.
        let offset: Int

        /// A number that no other table of the level has.
        func identity(_ level: Int) -> Int {
            slot << 40 | offset >> (BlockMap.fanOutBits * level)
        }
    }

    private static func way(to block: Int) -> Way {
        var offset = block - Ext2Format.directPointerCount
        if offset < fanOut { return Way(slot: 12, depth: 1, offset: offset) }
        offset -= fanOut
        if offset < fanOut * fanOut { return Way(slot: 13, depth: 2, offset: offset) }
        return Way(slot: 14, depth: 3, offset: offset - fanOut * fanOut)
    }

    private mutating func place(
        _ block: Int,
        at cursor: inout BlockCursor,
        _ writeIndex: (UInt32, [UInt8]) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) -> UInt32 {
        guard block >= Ext2Format.directPointerCount else {
            pointers[block] = cursor.take()
            return pointers[block]
        }
        let way = Self.way(to: block)
        for level in stride(from: way.depth, through: 1, by: -1) where tables[level]?.identity != way.identity(level) {
            for finished in 1...level { try close(finished, writeIndex) }
            let place = cursor.take()
            if level == way.depth {
                pointers[way.slot] = place
            } else {
                let index = (way.offset >> (Self.fanOutBits * level)) % Self.fanOut
                tables[level + 1]?.pointers.put(place, at: 4 * index)
            }
            tables[level] = Table(
                identity: way.identity(level),
                block: place,
                pointers: [UInt8](repeating: 0, count: Ext2Format.blockSize)
            )
        }
        let place = cursor.take()
        tables[1]?.pointers.put(place, at: 4 * (way.offset % Self.fanOut))
        return place
    }

    private mutating func close(
        _ level: Int,
        _ writeIndex: (UInt32, [UInt8]) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        guard let table = tables[level] else { return }
        tables[level] = nil
        try writeIndex(table.block, table.pointers)
    }
}
