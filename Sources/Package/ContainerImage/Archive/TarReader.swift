import Decompression
import RootFileSystem

/// Reads a tar archive sequentially; every field of the untrusted archive is checked.
///
/// ``LayerReader`` and ``ArchiveStore`` use it. It replaces libarchive's reader, which converts names to the locale's
/// characters: file names are bytes. Like Go's archive/tar, which umoci and buildah use, it takes the end of the bytes for
/// the end of the archive, and ignores what follows two blocks of zeros.
final class TarReader {
    /// The largest extended header or long name, in bytes.
    private static let maximumRecordSize = 1 << 20

    /// What headers said about the entry that follows them.
    private struct Pending {
        var records: PaxRecords?
        var name: [UInt8]?
        var target: [UInt8]?

        var isEmpty: Bool { records == nil && name == nil && target == nil }
    }

    private let source: any ByteSource
    private let name: String
    private var piece: [UInt8] = []
    private var position = 0
    /// The number of archive bytes consumed so far.
    private(set) var offset = 0
    private var contentLeft = 0
    private var padding = 0
    private var isOver = false
    /// The stored parts of the current entry's content that were not read yet.
    private var parts: ArraySlice<SparseRecords.Part> = []
    /// How much of the current entry's content was read, and its size, with holes.
    private var contentPosition = 0
    private var contentSize = 0

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - source: The archive's bytes, uncompressed.
    ///   - name: The archive's name in error messages.
    init(_ source: any ByteSource, name: String) {
        self.source = source
        self.name = name
    }

    /// Advances to the next entry and skips content that was not read.
    ///
    /// - Returns: nil at the end of the bytes, or after two blocks of zeros; the rest was then read, too.
    /// - Throws: `container.archive-*`, `container.entry-unsupported`, and the source's errors.
    func next() throws -> TarEntry? {
        guard !isOver else { return nil }
        var pending = Pending()
        while true {
            let place = "the entry at byte \(offset) of \(name)"
            guard try skipContent(), let block = try headerBlock(place) else {
                guard pending.isEmpty else {
                    throw ContainerError(.archiveTruncated, subject: place, expected: "an entry", found: "the end")
                }
                isOver = true
                try source.drain()
                return nil
            }
            let header = try TarHeader(block, place: place)
            switch header.kind {
            case .paxRecords: pending.records = try PaxRecords(try record(header, place), place: place)
            case .paxGlobalRecords:
                // Global comments, as git writes them, change nothing.
                guard try PaxRecords(try record(header, place), place: place) == PaxRecords() else {
                    throw ContainerError(
                        .entryUnsupported,
                        subject: place,
                        expected:
                            "no global records: GNU tar applies them, buildah ignores them, and umoci refuses them"
                    )
                }
            case .gnuLongName: pending.name = Array(try record(header, place).prefix { $0 != 0 })
            case .gnuLongTarget: pending.target = Array(try record(header, place).prefix { $0 != 0 })
            default: return try entry(header, pending, place: place)
            }
        }
    }

    /// Reads the next part of the current entry's content.
    ///
    /// - Returns: nil at the content's end.
    /// - Throws: `container.archive-truncated`, and the source's errors.
    func content() throws -> TarContent? {
        while let part = parts.first, part.offset + part.size <= contentPosition { parts.removeFirst() }
        let next = parts.first?.offset ?? contentSize
        if contentPosition < next {
            defer { contentPosition = next }
            return .hole(next - contentPosition)
        }
        guard let part = parts.first else { return nil }
        if position == piece.count { try fill("content") }
        let wanted = part.offset + part.size - contentPosition
        let bytes = piece[position..<position + min(wanted, piece.count - position)]
        position += bytes.count
        offset += bytes.count
        contentLeft -= bytes.count
        contentPosition += bytes.count
        return .bytes(bytes)
    }

    // MARK: private

    private func entry(_ header: TarHeader, _ pending: Pending, place: String) throws -> TarEntry {
        let records = pending.records ?? PaxRecords()
        let name = records.sparse?.name ?? records.path ?? pending.name ?? header.name
        let place = "\(Printable.text(String(decoding: name, as: UTF8.self))), \(place)"
        let storedSize = header.kind.hasContent ? records.size ?? header.size : 0
        guard let owner = UInt32(exactly: records.owner ?? header.owner),
            let group = UInt32(exactly: records.group ?? header.group),
            let major = UInt32(exactly: header.deviceMajor), let minor = UInt32(exactly: header.deviceMinor),
            storedSize <= Int.max - TarHeader.byteCount
        else {
            throw ContainerError(
                .archiveFieldInvalid,
                subject: place,
                expected: "an owner, a group and a device of 32 bits",
                found: "\(records.owner ?? header.owner):\(records.group ?? header.group), \(storedSize) bytes"
            )
        }
        let isFolder = header.kind == .oldFile && name.last == UInt8(ascii: "/")
        try beginContent(storedSize, header.kind.hasContent ? records.sparse : nil, place: place)
        return TarEntry(
            name: name,
            kind: isFolder ? .directory : header.kind,
            permissions: UInt16(header.mode & 0o7777),
            owner: owner,
            group: group,
            modified: records.modified ?? header.modified,
            size: contentSize,
            holeSize: contentSize - contentLeft,
            target: records.target ?? pending.target ?? header.target,
            device: DeviceNumber(major: major, minor: minor),
            attributes: records.attributes.sorted { $0.name < $1.name },
            place: place
        )
    }

    /// Prepares the reading of content; a sparse file's map may stand before it.
    private func beginContent(_ storedSize: Int, _ sparse: SparseRecords?, place: String) throws {
        contentLeft = storedSize
        padding = (TarHeader.byteCount - storedSize % TarHeader.byteCount) % TarHeader.byteCount
        contentPosition = 0
        contentSize = storedSize
        parts = [SparseRecords.Part(offset: 0, size: storedSize)]
        guard var sparse else { return }
        if sparse.hasMapInContent { try sparse.takeMap(try readMap(place), place: place) }
        contentSize = try sparse.checkedSize(storedSize: contentLeft, place: place)
        parts = sparse.parts[...]
    }

    /// Reads a sparse file's map: decimal numbers in lines, the first the number of parts, padded to whole blocks.
    private func readMap(_ place: String) throws -> [Int] {
        var numbers: [Int] = []
        var digits: [UInt8] = []
        while numbers.isEmpty || numbers.count < 1 + 2 * numbers[0] {
            guard contentLeft >= TarHeader.byteCount else { throw PaxRecords.invalid("the map", place, "numbers") }
            contentLeft -= TarHeader.byteCount
            for byte in try take(TarHeader.byteCount, place) {
                if !numbers.isEmpty, numbers.count == 1 + 2 * numbers[0] { break }
                if byte == UInt8(ascii: "\n") {
                    numbers.append(try PaxRecords.number(digits, "the map", place))
                    digits = []
                    guard numbers[0] <= SparseRecords.maximumParts else {
                        throw PaxRecords.invalid("the map", place, "at most \(SparseRecords.maximumParts) parts")
                    }
                } else {
                    digits.append(byte)
                }
            }
        }
        return Array(numbers.dropFirst())
    }

    /// Reads the whole content of a header that describes the next entry.
    private func record(_ header: TarHeader, _ place: String) throws -> [UInt8] {
        guard header.size <= Self.maximumRecordSize else {
            throw ContainerError(
                .archiveFieldInvalid,
                subject: "size of \(place)",
                expected: "at most \(Self.maximumRecordSize) bytes",
                found: "\(header.size)"
            )
        }
        let bytes = try take(header.size, place)
        padding = (TarHeader.byteCount - header.size % TarHeader.byteCount) % TarHeader.byteCount
        return bytes
    }

    /// Skips the rest of the content and its padding.
    ///
    /// - Returns: No where the archive ends within the padding, which some writers leave out.
    private func skipContent() throws -> Bool {
        try skip(contentLeft, mayEnd: false)
        contentLeft = 0
        parts = []
        contentSize = 0
        contentPosition = 0
        defer { padding = 0 }
        return try skip(padding, mayEnd: true)
    }

    @discardableResult
    private func skip(_ count: Int, mayEnd: Bool) throws -> Bool {
        var left = count
        while left > 0 {
            if position == piece.count {
                let skipped = source.skip(left)
                offset += skipped
                left -= skipped
                if left == 0 { break }
                if mayEnd, try !fillIfPossible() { return false }
                if position == piece.count { try fill("content") }
            }
            let count = min(left, piece.count - position)
            position += count
            offset += count
            left -= count
        }
        return true
    }

    /// Reads the next header.
    ///
    /// - Returns: nil at the end of the bytes, after one block of zeros and the end, and after two blocks of zeros.
    private func headerBlock(_ place: String) throws -> [UInt8]? {
        guard try position < piece.count || fillIfPossible() else { return nil }
        let block = try take(TarHeader.byteCount, place)
        guard block.allSatisfy({ $0 == 0 }) else { return block }
        guard try position < piece.count || fillIfPossible() else { return nil }
        guard try take(TarHeader.byteCount, place).allSatisfy({ $0 == 0 }) else {
            throw ContainerError(
                .archiveFieldInvalid,
                subject: place,
                expected: "a second block of zeros behind the first, as umoci and buildah want it",
                found: "something else"
            )
        }
        return nil
    }

    private func take(_ count: Int, _ what: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if position == piece.count { try fill(what) }
            let part = piece[position..<position + min(count - bytes.count, piece.count - position)]
            bytes += part
            position += part.count
            offset += part.count
        }
        return bytes
    }

    private func fillIfPossible() throws -> Bool {
        piece = try source.next()
        position = 0
        return !piece.isEmpty
    }

    private func fill(_ what: String) throws {
        guard try fillIfPossible() else {
            throw ContainerError(
                .archiveTruncated,
                subject: what,
                expected: "more bytes",
                found: "the end of \(name) at byte \(offset)"
            )
        }
    }
}
