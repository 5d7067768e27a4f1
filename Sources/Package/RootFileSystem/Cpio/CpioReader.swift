import Decompression
import Files

/// Reads "newc" archives from an untrusted file, one after the other, as the kernel reads an initramfs.
///
/// Archives may follow each other with zeros in between, and each may be compressed by gzip, zstd or xz.
/// ``ArchiveInput`` decompresses; ``CpioExtractor`` makes the files.
package struct CpioReader {
    /// One entry, without its content.
    package struct Entry: Equatable, Sendable {
        package let path: EntryPath
        package let metadata: EntryMetadata
        /// The file's number: entries of one archive with the same number and several links are one file.
        package let file: FileNumber
        /// The number of names that the archive states for the file.
        package let linkCount: UInt32
        /// A symbolic link's target.
        package let target: [UInt8]
        /// The position of the entry in its archive, decompressed.
        package let offset: Int
        /// The number of archives before this entry's own.
        package let archive: Int
    }

    /// Identifies a file within one archive.
    package struct FileNumber: Hashable, Sendable {
        package let inode: UInt32
        package let home: DeviceNumber
    }

    private static let chunkSize = 1 << 20

    private var input: ArchiveInput
    private var buffer = [UInt8](repeating: 0, count: Self.chunkSize)
    private var start = 0
    private var end = 0
    /// The number of bytes consumed so far; in a compressed part counted from its begin, decompressed.
    private(set) var offset = 0
    private var contentLeft = 0
    private var contentPadding = 0
    private var expectedCheck: UInt32?
    private var contentCheck: UInt32 = 0
    private var contentPlace = 0
    private var archive = -1
    private var isInArchive = false
    private var isOver = false

    /// - Throws: `file.missing`, `file.unreadable`.
    package init(opening path: String) throws(RootFileSystemError) {
        self.init(try Descriptor(opening: path))
    }

    /// Reads from a file that is open already, from its first byte on.
    package init(_ file: Descriptor) {
        input = ArchiveInput(file)
    }

    /// How many bytes of the file were read, for a progress display.
    var fileOffset: Int { input.fileOffset }

    /// Advances to the next entry; content that was not read is skipped.
    ///
    /// - Returns: nil after the last archive's trailer and the zeros behind it.
    /// - Throws: `cpio.*` and `tree.path-unsafe`.
    package mutating func next() throws(RootFileSystemError) -> Entry? {
        while !isOver {
            while try content(upTo: Self.chunkSize) != nil {}
            if !isInArchive {
                try beginArchive()
                continue
            }
            let place = offset
            let header = try CpioHeader(take(CpioHeader.byteCount, "the header at byte \(place)"), at: place)
            let name = try entryName(header, at: place)
            if name != CpioHeader.trailerName { return try entry(header, name: name, at: place) }
            try checkTrailer(header, at: place)
            isInArchive = false
        }
        return nil
    }

    /// Reads the next part of the current entry's content.
    ///
    /// - Parameter count: The largest number of bytes, at least 1.
    /// - Returns: nil where there is no more.
    /// - Throws: `cpio.truncated`, `cpio.padding-invalid`, `cpio.checksum-mismatch`.
    package mutating func content(upTo count: Int) throws(RootFileSystemError) -> ArraySlice<UInt8>? {
        guard contentLeft > 0 else { return nil }
        if start == end { try fill() }
        let part = buffer[start..<start + min(count, contentLeft, end - start)]
        guard !part.isEmpty else { throw truncated("content", missing: contentLeft) }
        start += part.count
        offset += part.count
        contentLeft -= part.count
        if expectedCheck != nil { contentCheck = part.reduce(contentCheck) { $0 &+ UInt32($1) } }
        if contentLeft == 0 {
            let copy = Array(part)
            try takePadding(contentPadding)
            try verifyCheck()
            return copy[...]
        }
        return part
    }

    // MARK: archives

    /// Finds the next archive: behind zeros, in a compressed part, or behind a compressed part's end.
    private mutating func beginArchive() throws(RootFileSystemError) {
        // An archive begins at the file's first byte; only behind it may there be zeros.
        if archive >= 0 { try skipZeros() } else if start == end { try fill() }
        if start == end {
            guard archive >= 0 else { throw truncated("an archive", missing: CpioHeader.byteCount) }
            guard input.isCompressed else {
                isOver = true
                return
            }
            try input.endCompressed()
            (start, end, offset) = (0, 0, input.fileOffset)
            return
        }
        if end - start < Compression.magicLength { try fill() }
        let head = buffer[start..<end].prefix(Compression.magicLength)
        let compression = Compression(of: head)
        if head.first == UInt8(ascii: "0") || archive < 0 && compression == .none && !input.isCompressed {
            try checkCompression(head)
            archive += 1
            isInArchive = true
        } else if !input.isCompressed, compression != .none {
            try input.beginCompressed(compression, readAhead: Array(buffer[start..<end]))
            (start, end, offset) = (0, 0, 0)
            if archive < 0, try isEmpty() { throw truncated("an archive", missing: CpioHeader.byteCount) }
        } else {
            try checkCompression(head)
            throw RootFileSystemError(
                .cpioTrailerInvalid,
                subject: "the bytes behind an archive, at byte \(offset)",
                expected: "zeros, another archive, or one compressed by gzip, zstd or xz",
                found: EntryPath.readable(head.prefix(6))
            )
        }
    }

    private mutating func isEmpty() throws(RootFileSystemError) -> Bool {
        try fill()
        return start == end
    }

    private mutating func skipZeros() throws(RootFileSystemError) {
        while true {
            let zeros = buffer[start..<end].prefix { $0 == 0 }.count
            start += zeros
            offset += zeros
            guard start == end else { return }
            try fill()
            if start == end { return }
        }
    }

    private func checkCompression(_ head: ArraySlice<UInt8>) throws(RootFileSystemError) {
        guard let name = Compression.unsupportedName(of: head) else { return }
        throw RootFileSystemError(
            .cpioCompressionUnsupported,
            subject: "the archive at byte \(offset) of \(input.name)",
            expected: "newc, plain or compressed by gzip, zstd or xz; decompress it first",
            found: name
        )
    }

    private func checkTrailer(_ header: CpioHeader, at place: Int) throws(RootFileSystemError) {
        var expected = CpioHeader()
        expected.nameSize = header.nameSize
        expected.hasCheck = header.hasCheck
        // GNU cpio and others differ in the trailer's links; nothing else may be set.
        expected.linkCount = min(header.linkCount, 1)
        guard header == expected else {
            throw RootFileSystemError(.cpioTrailerInvalid, subject: "the trailer at byte \(place)", expected: "zeros")
        }
    }

    // MARK: entries

    private mutating func entryName(_ header: CpioHeader, at place: Int) throws(RootFileSystemError) -> [UInt8] {
        guard (1...EntryPath.maximumByteCount + 1).contains(Int(header.nameSize)) else {
            throw invalid("c_namesize", place, "1 to \(EntryPath.maximumByteCount + 1)", "\(header.nameSize)")
        }
        var name = Array(try take(Int(header.nameSize), "the name at byte \(offset)"))
        guard name.popLast() == 0, !name.contains(0) else {
            throw invalid("the name", place, "one NUL, at its end", EntryPath.readable(name.prefix(64)))
        }
        try takePadding(CpioHeader.padding(after: CpioHeader.byteCount + Int(header.nameSize)))
        guard header.check == 0 || header.hasCheck else { throw invalid("c_check", place, "0", "\(header.check)") }
        return name
    }

    private mutating func entry(_ header: CpioHeader, name: [UInt8], at place: Int) throws(RootFileSystemError) -> Entry
    {
        guard let path = EntryPath(normalizing: name) else {
            throw RootFileSystemError(
                .treePathUnsafe,
                subject: "the entry at byte \(place)",
                expected: "a path below the archive's root, without \"..\"",
                found: EntryPath.readable(name.prefix(256))
            )
        }
        let kind = try kind(header, path: path, at: place)
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
            expectedCheck = header.hasCheck && contentLeft > 0 ? header.check : nil
            contentCheck = 0
            contentPlace = place
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
            offset: place,
            archive: archive
        )
    }

    /// Checks the fields that depend on the entry's type.
    private func kind(_ header: CpioHeader, path: EntryPath, at place: Int) throws(RootFileSystemError) -> EntryKind {
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
        guard kind == .file || kind == .symbolicLink || header.size == 0 else {
            throw invalid("c_filesize", place, "0 for a \(kind)", "\(header.size)")
        }
        return kind
    }

    private mutating func verifyCheck() throws(RootFileSystemError) {
        guard let expected = expectedCheck else { return }
        expectedCheck = nil
        guard contentCheck == expected else {
            throw RootFileSystemError(
                .cpioChecksumMismatch,
                subject: "the content of the entry at byte \(contentPlace)",
                expected: "the sum \(expected), as its header says",
                found: "\(contentCheck)"
            )
        }
    }

    // MARK: bytes

    /// Consumes exactly `count` bytes.
    private mutating func take(_ count: Int, _ what: String) throws(RootFileSystemError) -> ArraySlice<UInt8> {
        precondition(count <= Self.chunkSize, "headers and names are small")
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
        end += try input.read(into: &buffer, from: rest, count: Self.chunkSize - rest)
    }

    private func truncated(_ what: String, missing: Int) -> RootFileSystemError {
        RootFileSystemError(
            .cpioTruncated,
            subject: "\(what) in \(input.name)",
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
