import Decompression
import Files
import Glibc

/// The bytes of a cpio file: plain parts and compressed parts, one after the other, as the kernel reads an initramfs.
///
/// ``CpioReader`` reads one part to its end and then asks for the next. A compressed part is a gzip, zstd or xz stream.
struct ArchiveInput {
    /// Reads a file from an offset on; a pipe, which has no offsets, behind bytes that were read already.
    private final class FileSource: ByteSource {
        private static let chunkSize = 1 << 18

        private let file: Descriptor
        private var offset: Int?
        private var readAhead: [UInt8]

        init(_ file: Descriptor, at offset: Int?, readAhead: [UInt8]) {
            self.file = file
            self.offset = offset
            self.readAhead = readAhead
        }

        func next() throws -> [UInt8] {
            if !readAhead.isEmpty {
                defer { readAhead = [] }
                return readAhead
            }
            var bytes = [UInt8](repeating: 0, count: Self.chunkSize)
            let count = try file.read(into: &bytes, count: bytes.count, at: offset)
            if let start = offset { offset = start + count }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }

    /// The file's name in error messages.
    let name: String
    private let file: Descriptor
    private let isPipe: Bool
    /// Where the current compressed part begins in the file.
    private var partStart = 0
    /// The next byte of the file that a plain part reads.
    private var position = 0
    private var decoder: Decompressor?
    private var pending: ArraySlice<UInt8> = []

    init(_ file: Descriptor) {
        self.file = file
        name = file.name
        isPipe = lseek(file.number, 0, SEEK_CUR) < 0
    }

    /// Whether the current part is compressed.
    var isCompressed: Bool { decoder != nil }

    /// How many bytes of the file were read, for a progress display.
    var fileOffset: Int { decoder.map { partStart + $0.compressedCount } ?? position }

    /// Reads the next bytes of the current part.
    ///
    /// - Returns: Their number; fewer than `count` only at the part's end.
    /// - Throws: `file.unreadable`, `cpio.compression-damaged`.
    mutating func read(into buffer: inout [UInt8], from start: Int, count: Int) throws(RootFileSystemError) -> Int {
        guard decoder != nil else {
            let got = try file.read(into: &buffer, from: start, count: count, at: isPipe ? nil : position)
            position += got
            return got
        }
        var done = 0
        while done < count {
            if pending.isEmpty { pending = try decompress()[...] }
            guard !pending.isEmpty else { break }
            let part = pending.prefix(count - done)
            buffer.replaceSubrange(start + done..<start + done + part.count, with: part)
            pending = pending.dropFirst(part.count)
            done += part.count
        }
        return done
    }

    /// Begins a compressed part.
    ///
    /// - Parameters:
    ///   - compression: Any but `none`.
    ///   - readAhead: The bytes from the part's begin on that were read already.
    /// - Throws: `cpio.compression-damaged` where there is not enough memory.
    mutating func beginCompressed(_ compression: Compression, readAhead: [UInt8]) throws(RootFileSystemError) {
        partStart = position - readAhead.count
        let place = "the \(compression.rawValue) stream at byte \(partStart) of \(name)"
        do {
            let source = FileSource(file, at: isPipe ? nil : partStart, readAhead: isPipe ? readAhead : [])
            decoder = try Decompressor(source, compression: compression) { expected, found in
                RootFileSystemError(.cpioCompressionDamaged, subject: place, expected: expected, found: found)
            }
        } catch {
            throw Self.failure(error, place)
        }
    }

    /// Returns to the file behind a compressed part, which was read to its end.
    ///
    /// - Throws: `cpio.compression-damaged` where something follows in a pipe, which cannot go back.
    mutating func endCompressed() throws(RootFileSystemError) {
        guard let decoder else { return }
        if isPipe {
            do { try decoder.checkEnd() } catch { throw Self.failure(error, name) }
        }
        // At least its header was read, so that the same part does not begin again.
        position = partStart + max(1, decoder.compressedCount)
        self.decoder = nil
    }

    private func decompress() throws(RootFileSystemError) -> [UInt8] {
        do {
            return try decoder?.next() ?? []
        } catch {
            throw Self.failure(error, name)
        }
    }

    private static func failure(_ error: any Error, _ place: String) -> RootFileSystemError {
        (error as? RootFileSystemError)
            ?? RootFileSystemError(.cpioCompressionDamaged, subject: place, found: "\(error)")
    }
}
