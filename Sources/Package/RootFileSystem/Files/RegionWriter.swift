import Files

/// Gathers bytes for one place of a file and writes them in large pieces.
struct RegionWriter {
    // What a core's own cache holds beside other things.
    private static let capacity = 256 << 10

    private let file: Descriptor
    private let progress: ByteProgress
    private var offset: Int
    private var buffer = [UInt8](repeating: 0, count: Self.capacity)
    private var filled = 0

    /// - Parameters:
    ///   - file: Is written to.
    ///   - offset: Where in the file the first byte belongs.
    ///   - progress: Counts what was written.
    init(_ file: Descriptor, at offset: Int, progress: ByteProgress) {
        self.file = file
        self.offset = offset
        self.progress = progress
    }

    /// Adds bytes.
    mutating func append(_ bytes: [UInt8]) throws(RootFileSystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if filled == Self.capacity { try flush() }
            let part = rest.prefix(Self.capacity - filled)
            buffer.replaceSubrange(filled..<filled + part.count, with: part)
            filled += part.count
            rest = rest.dropFirst(part.count)
        }
    }

    /// Adds what a file holds.
    ///
    /// - Parameters:
    ///   - source: Holds it.
    ///   - start: Where in the file it begins.
    ///   - count: Its size.
    /// - Throws: `tree.changed` where the file turns out to be shorter.
    mutating func append(contentOf source: Descriptor, at start: Int, count: Int) throws(RootFileSystemError) {
        var rest = count
        while rest > 0 {
            if filled == Self.capacity { try flush() }
            let wanted = min(rest, Self.capacity - filled)
            let got = try source.read(into: &buffer, from: filled, count: wanted, at: start + count - rest)
            guard got == wanted else {
                throw RootFileSystemError(
                    .treeChanged,
                    subject: source.name,
                    expected: "\(count) bytes",
                    found: "\(count - rest + got)"
                )
            }
            filled += got
            rest -= got
        }
    }

    /// Writes what was gathered; has to come last.
    mutating func flush() throws(RootFileSystemError) {
        try file.write(buffer[..<filled], at: offset)
        progress.add(filled)
        offset += filled
        filled = 0
    }
}
