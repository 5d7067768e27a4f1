import RootFileSystem

/// One entry of a tar archive, without its content.
struct TarEntry {
    /// The name as it is in the archive, not normalized.
    let name: [UInt8]
    let kind: TarHeader.Kind
    let permissions: UInt16
    let owner: UInt32
    let group: UInt32
    let modified: Int
    let size: Int
    /// The target of a symbolic or hard link.
    let target: [UInt8]
    let device: DeviceNumber
    let attributes: [ExtendedAttribute]
    /// The entry's position for error messages.
    let place: String
}

/// Reads a tar archive sequentially; every field of the untrusted archive is checked.
///
/// ``LayerReader`` and ``ArchiveStore`` use it. It replaces libarchive's reader, which converts names to the locale's
/// characters: file names are bytes.
final class TarReader {
    /// The largest extended header or long name, in bytes.
    private static let maximumRecordSize = 1 << 20

    private let source: any ByteSource
    private let name: String
    private var piece: [UInt8] = []
    private var position = 0
    /// The number of archive bytes consumed so far.
    private(set) var offset = 0
    private var contentLeft = 0
    private var padding = 0
    private var isOver = false

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
    /// - Returns: nil after the final zero blocks; the rest of the archive was then read and is zero too.
    /// - Throws: `container.archive-*`, `container.entry-unsupported`, and the source's errors.
    func next() throws -> TarEntry? {
        guard !isOver else { return nil }
        var records = PaxRecords()
        var longName: [UInt8]?
        var longTarget: [UInt8]?
        var hasRecords = false
        while true {
            try skipContent()
            let place = "the entry at byte \(offset) of \(name)"
            let block = try take(TarHeader.byteCount, place)
            if block.allSatisfy({ $0 == 0 }) {
                guard !hasRecords, longName == nil, longTarget == nil else {
                    throw ContainerError(.archiveTruncated, subject: place, expected: "an entry", found: "the end")
                }
                try finish()
                return nil
            }
            let header = try TarHeader(block, place: place)
            switch header.kind {
            case .paxRecords:
                records = try PaxRecords(try record(header, place), place: place)
                hasRecords = true
            case .paxGlobalRecords:
                // Global comments are harmless; other global records would change all later entries and are refused.
                guard try PaxRecords(try record(header, place), place: place) == PaxRecords() else {
                    throw ContainerError(.entryUnsupported, subject: place, expected: "no global records")
                }
            case .gnuLongName: longName = Array(try record(header, place).prefix { $0 != 0 })
            case .gnuLongTarget: longTarget = Array(try record(header, place).prefix { $0 != 0 })
            default:
                return try entry(header, records, longName: longName, longTarget: longTarget, place: place)
            }
        }
    }

    /// Reads the next chunk of the current entry's content.
    ///
    /// - Returns: nil at the content's end.
    /// - Throws: `container.archive-truncated`, and the source's errors.
    func content() throws -> ArraySlice<UInt8>? {
        guard contentLeft > 0 else { return nil }
        if position == piece.count { try fill("content") }
        let part = piece[position..<position + min(contentLeft, piece.count - position)]
        position += part.count
        offset += part.count
        contentLeft -= part.count
        return part
    }

    // MARK: private

    private func entry(
        _ header: TarHeader,
        _ records: PaxRecords,
        longName: [UInt8]?,
        longTarget: [UInt8]?,
        place: String
    ) throws -> TarEntry {
        let name = records.path ?? longName ?? header.name
        let size = records.size ?? header.size
        let place = "\(Printable.text(String(decoding: name, as: UTF8.self))), \(place)"
        guard let owner = UInt32(exactly: records.owner ?? header.owner),
            let group = UInt32(exactly: records.group ?? header.group),
            let major = UInt32(exactly: header.deviceMajor), let minor = UInt32(exactly: header.deviceMinor),
            header.kind.hasContent || size == 0, size <= Int.max - TarHeader.byteCount
        else {
            throw ContainerError(
                .archiveFieldInvalid,
                subject: place,
                expected: "an owner, a group and a device of 32 bits, and no content where the type has none",
                found: "\(records.owner ?? header.owner):\(records.group ?? header.group), \(size) bytes"
            )
        }
        let isFolder = header.kind == .oldFile && name.last == UInt8(ascii: "/")
        contentLeft = size
        padding = (TarHeader.byteCount - size % TarHeader.byteCount) % TarHeader.byteCount
        return TarEntry(
            name: name,
            kind: isFolder ? .directory : header.kind,
            permissions: UInt16(header.mode & 0o7777),
            owner: owner,
            group: group,
            modified: records.modified ?? header.modified,
            size: size,
            target: records.target ?? longTarget ?? header.target,
            device: DeviceNumber(major: major, minor: minor),
            attributes: records.attributes.sorted { $0.name < $1.name },
            place: place
        )
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

    private func skipContent() throws {
        var left = contentLeft + padding
        contentLeft = 0
        padding = 0
        while left > 0 {
            if position == piece.count {
                let skipped = source.skip(left)
                offset += skipped
                left -= skipped
                if left == 0 { break }
                try fill("content")
            }
            let count = min(left, piece.count - position)
            position += count
            offset += count
            left -= count
        }
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

    private func fill(_ what: String) throws {
        piece = try source.next()
        position = 0
        guard !piece.isEmpty else {
            throw ContainerError(
                .archiveTruncated,
                subject: what,
                expected: "more bytes, or two blocks of zeros",
                found: "the end of \(name) at byte \(offset)"
            )
        }
    }

    private func finish() throws {
        isOver = true
        var rest = piece[position...]
        repeat {
            guard rest.allSatisfy({ $0 == 0 }) else {
                throw ContainerError(
                    .archiveFieldInvalid,
                    subject: "the end of \(name), after byte \(offset)",
                    expected: "zeros",
                    found: "something else"
                )
            }
            offset += rest.count
            piece = try source.next()
            rest = piece[...]
        } while !rest.isEmpty
        position = piece.count
    }
}
