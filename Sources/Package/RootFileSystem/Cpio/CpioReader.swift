import Files

/// Reads a "newc" archive from start to end, and believes nothing of it.
package struct CpioReader {
    /// One entry, without its content.
    package struct Entry: Equatable, Sendable {
        package let path: EntryPath
        package let metadata: EntryMetadata
        /// Which file this is: entries of one number with several links are one file.
        package let file: FileNumber
        /// How many names the file has, says the archive.
        package let linkCount: UInt32
        /// A symbolic link's target.
        package let target: [UInt8]
        /// Where the entry stands in the archive.
        package let offset: Int
    }

    /// What an archive calls a file by.
    package struct FileNumber: Hashable, Sendable {
        package let inode: UInt32
        package let home: DeviceNumber
    }

    private static let chunkSize = 1 << 20

    private let file: Descriptor
    private var buffer = [UInt8](repeating: 0, count: Self.chunkSize)
    private var start = 0
    private var end = 0
    /// How many bytes of the archive are behind us.
    private(set) var offset = 0
    private var contentLeft = 0
    private var contentPadding = 0
    private var isOver = false

    /// - Throws: `file.missing`, `file.unreadable`.
    package init(opening path: String) throws(RootFileSystemError) {
        self.init(try Descriptor(opening: path))
    }

    init(_ file: Descriptor) {
        self.file = file
    }

    /// Goes on to the next entry; content that was not read is passed over.
    ///
    /// - Returns: nil after the trailer and the zeros behind it.
    /// - Throws: `cpio.*` and `tree.path-unsafe`.
    package mutating func next() throws(RootFileSystemError) -> Entry? {
        guard !isOver else { return nil }
        while try content(upTo: Self.chunkSize) != nil {}
        let place = offset
        let header = try CpioHeader(take(CpioHeader.byteCount, "the head at byte \(place)"), at: place)
        guard (1...EntryPath.maximumByteCount + 1).contains(Int(header.nameSize)) else {
            throw invalid("c_namesize", place, "1 to \(EntryPath.maximumByteCount + 1)", "\(header.nameSize)")
        }
        var name = Array(try take(Int(header.nameSize), "the name at byte \(offset)"))
        guard name.popLast() == 0, !name.contains(0) else {
            throw invalid("the name", place, "one NUL, at its end", EntryPath.readable(name.prefix(64)))
        }
        try takePadding(CpioHeader.padding(after: CpioHeader.byteCount + Int(header.nameSize)))
        guard header.check == 0 else { throw invalid("c_check", place, "0", "\(header.check)") }
        if name == CpioHeader.trailerName {
            try finish(header, at: place)
            return nil
        }
        return try entry(header, name: name, at: place)
    }

    /// Reads on in the content of the entry that came last.
    ///
    /// - Parameter count: The most bytes wanted, at least 1.
    /// - Returns: nil where there is no more.
    /// - Throws: `cpio.truncated`, `cpio.padding-invalid`.
    package mutating func content(upTo count: Int) throws(RootFileSystemError) -> ArraySlice<UInt8>? {
        guard contentLeft > 0 else { return nil }
        if start == end { try fill() }
        let part = buffer[start..<start + min(count, contentLeft, end - start)]
        guard !part.isEmpty else { throw truncated("content", missing: contentLeft) }
        start += part.count
        offset += part.count
        contentLeft -= part.count
        if contentLeft == 0 {
            let copy = Array(part)
            try takePadding(contentPadding)
            return copy[...]
        }
        return part
    }

    // MARK: private

    private mutating func entry(_ header: CpioHeader, name: [UInt8], at place: Int) throws(RootFileSystemError) -> Entry
    {
        guard let path = EntryPath(checking: name) else {
            throw RootFileSystemError(
                .treePathUnsafe,
                subject: "the entry at byte \(place)",
                expected: "a path below the archive's root, without \"..\" and empty names",
                found: EntryPath.readable(name.prefix(256))
            )
        }
        guard let kind = EntryKind(mode: header.mode), header.mode <= 0o177777 else {
            throw invalid("c_mode", place, "the mode of a file, folder, link, device, fifo or socket", "\(header.mode)")
        }
        guard path != .root || kind == .directory else {
            throw invalid("c_mode", place, "a folder at the root", "\(kind)")
        }
        guard header.linkCount > 0 else { throw invalid("c_nlink", place, "at least 1", "0") }
        guard kind.isDevice || header.device == DeviceNumber() else {
            throw invalid(
                "c_rdevmajor",
                place,
                "0 for what is no device",
                "\(header.device.major):\(header.device.minor)"
            )
        }
        let mayHaveContent = kind == .file || kind == .symbolicLink
        guard mayHaveContent || header.size == 0 else {
            throw invalid("c_filesize", place, "0 for a \(kind)", "\(header.size)")
        }
        var target: [UInt8] = []
        if kind == .symbolicLink {
            guard (1...EntryPath.maximumByteCount).contains(Int(header.size)) else {
                throw invalid("c_filesize", place, "1 to \(EntryPath.maximumByteCount) for a link", "\(header.size)")
            }
            target = Array(try take(Int(header.size), "the target at byte \(offset)"))
            try takePadding(CpioHeader.padding(after: target.count))
        } else {
            contentLeft = Int(header.size)
            contentPadding = CpioHeader.padding(after: contentLeft)
        }
        return Entry(
            path: path,
            metadata: EntryMetadata(
                kind: kind,
                permissions: UInt16(header.mode & 0o7777),
                owner: header.owner,
                group: header.group,
                modified: Int64(header.modified),
                size: Int(header.size),
                device: header.device
            ),
            file: FileNumber(inode: header.inode, home: header.home),
            linkCount: header.linkCount,
            target: target,
            offset: place
        )
    }

    private mutating func finish(_ header: CpioHeader, at place: Int) throws(RootFileSystemError) {
        var expected = CpioHeader()
        expected.nameSize = header.nameSize
        // GNU cpio and others differ in the trailer's links; nothing else may be set.
        expected.linkCount = min(header.linkCount, 1)
        guard header == expected else {
            throw RootFileSystemError(.cpioTrailerInvalid, subject: "the trailer at byte \(place)", expected: "zeros")
        }
        repeat {
            guard buffer[start..<end].allSatisfy({ $0 == 0 }) else {
                throw RootFileSystemError(
                    .cpioTrailerInvalid,
                    subject: "what follows the trailer at byte \(place)",
                    expected: "zeros",
                    found: "something else"
                )
            }
            offset += end - start
            start = end
            try fill()
        } while start < end
        isOver = true
    }

    /// The next bytes, all of them.
    private mutating func take(_ count: Int, _ what: String) throws(RootFileSystemError) -> ArraySlice<UInt8> {
        precondition(count <= Self.chunkSize, "heads and names are small")
        if end - start < count { try fill() }
        guard end - start >= count else { throw truncated(what, missing: count - (end - start)) }
        defer {
            start += count
            offset += count
        }
        return buffer[start..<start + count]
    }

    private mutating func takePadding(_ count: Int) throws(RootFileSystemError) {
        guard count > 0 else { return }
        let place = offset
        guard try take(count, "the padding at byte \(place)").allSatisfy({ $0 == 0 }) else {
            throw RootFileSystemError(.cpioPaddingInvalid, subject: "the padding at byte \(place)", expected: "zeros")
        }
    }

    private mutating func fill() throws(RootFileSystemError) {
        let rest = end - start
        buffer.replaceSubrange(0..<rest, with: Array(buffer[start..<end]))
        start = 0
        end = rest
        end += try file.read(into: &buffer, from: rest, count: Self.chunkSize - rest)
    }

    private func truncated(_ what: String, missing: Int) -> RootFileSystemError {
        RootFileSystemError(
            .cpioTruncated,
            subject: "\(what) in \(file.name)",
            expected: "\(missing) bytes more",
            found: "the end of the file at byte \(offset + end - start)"
        )
    }

    private func invalid(_ field: String, _ place: Int, _ expected: String, _ found: String) -> RootFileSystemError {
        RootFileSystemError(
            .cpioFieldInvalid,
            subject: "\(field) of the entry at byte \(place)",
            expected: expected,
            found: found
        )
    }
}
