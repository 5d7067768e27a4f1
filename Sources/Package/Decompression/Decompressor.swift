import CArchive

/// Decompresses a byte source with libarchive, or with zlib where it is gzip.
///
/// ``ByteSource`` says where the bytes come from. Several gzip members, zstd frames or xz streams in a row are one
/// stream, as for gzip(1), zstd(1) and xz(1). The checks of a stream are verified: the CRC and the length of each gzip
/// member, the checks of each xz stream, and the checksum of a zstd frame that has one.
///
/// Safe: the decoder is created and closed by this class alone, and is passed to the shim's functions only.
@safe package final class Decompressor: ByteSource {
    /// What an owner makes of damage: `expected` and `found` are the parts of its error.
    package typealias Failure = (_ expected: String, _ found: String) -> any Error

    /// The context of the decoder's read callback; it lives as long as the decompressor.
    ///
    /// Safe: the chunk is allocated, passed on and freed by this class alone.
    @safe private final class Feed {
        let source: any ByteSource
        var piece: UnsafeMutableRawBufferPointer?
        var failure: (any Error)?
        private(set) var byteCount = 0

        init(_ source: any ByteSource) {
            unsafe piece = nil
            self.source = source
        }

        deinit {
            unsafe piece?.deallocate()
        }

        /// Reads the next chunk and keeps it in memory until the following call.
        func fetch() -> UnsafeMutableRawBufferPointer? {
            do {
                let bytes = try source.next()
                byteCount += bytes.count
                // Safe: the decoder no longer uses the old chunk once it requests the next, and the new one has room for
                // all bytes.
                unsafe piece?.deallocate()
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
                unsafe memory.copyBytes(from: bytes)
                unsafe piece = memory
                return unsafe UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: bytes.count)
            } catch {
                failure = error
                return nil
            }
        }
    }

    private static let chunk = 1 << 18

    private let compression: Compression
    private let failure: Failure
    private let feed: Feed
    private let decoder: OpaquePointer
    private var isOver = false
    private var isAtStart = true

    /// Creates a decompressor.
    ///
    /// - Parameters:
    ///   - source: The compressed bytes.
    ///   - compression: Any but `none`.
    ///   - failure: Makes the error for a stream that is damaged.
    /// - Throws: That error where there is not enough memory.
    package init(_ source: any ByteSource, compression: Compression, failure: @escaping Failure) throws {
        guard let filter = compression.filter else { throw failure("a compression", "none") }
        let feed = Feed(source)
        // Safe: the context is the feed, which this object keeps until the decoder is closed; the callback converts it
        // back to the same type.
        let decoder = unsafe archive_decoder_make(
            filter,
            { context, bytes in
                guard let context = unsafe context, let bytes = unsafe bytes else { return -1 }
                let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
                guard let piece = unsafe feed.fetch() else { return -1 }
                unsafe bytes.pointee = UnsafeRawPointer(piece.baseAddress)
                return piece.count
            },
            Unmanaged.passUnretained(feed).toOpaque()
        )
        guard let decoder = unsafe decoder else {
            throw failure("memory", "none for \(compression.rawValue)")
        }
        self.compression = compression
        self.failure = failure
        self.feed = feed
        unsafe self.decoder = decoder
    }

    deinit {
        // Safe: the decoder is ours and not used afterwards.
        unsafe archive_decoder_close(decoder)
    }

    /// The compressed bytes that were decompressed so far; at the end, the length of the compressed stream.
    package var compressedCount: Int {
        // Safe: the decoder is ours and open.
        unsafe Int(archive_decoder_consumed(decoder))
    }

    package func next() throws -> [UInt8] {
        guard !isOver else { return [] }
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, initialized in
            // Safe: the buffer has that many bytes, and the decoder writes at most as many as it reports.
            count = unsafe archive_decoder_read(decoder, buffer.baseAddress, Self.chunk)
            initialized = max(0, count)
        }
        if let failure = feed.failure { throw failure }
        guard count >= 0 else {
            isOver = true
            // Safe: the text lives as long as the decoder, and is copied.
            throw unsafe failure(
                "one whole \(compression.rawValue) stream",
                String(cString: archive_decoder_message(decoder))
            )
        }
        if bytes.isEmpty { isOver = true }
        if isAtStart, Compression(of: bytes) == compression {
            isOver = true
            throw failure(
                "content that is compressed once",
                "a \(compression.rawValue) stream in a \(compression.rawValue) stream"
            )
        }
        isAtStart = false
        return bytes
    }

    /// Checks that nothing follows the compressed stream; call it after the last chunk.
    ///
    /// The source is read to its end, so that its digest covers all bytes.
    ///
    /// - Throws: The owner's error where bytes follow, and the source's errors.
    package func checkEnd() throws {
        var total = feed.byteCount
        while case let piece = try feed.source.next(), !piece.isEmpty { total += piece.count }
        guard compressedCount == total else {
            throw failure(
                "nothing behind the \(compression.rawValue) stream",
                "\(total - compressedCount) bytes, which gzip(1) ignores, and which umoci and buildah refuse"
            )
        }
    }
}
