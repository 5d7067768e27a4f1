import CArchive

/// Decompresses a byte source with libarchive.
///
/// Safe: the decoder is created and closed by this class alone, and is passed to the shim's functions only.
@safe final class Decompressor: ByteSource {
    /// The context of libarchive's read callback; it lives as long as the decompressor.
    ///
    /// Safe: the chunk is allocated, passed on and freed by this class alone.
    @safe private final class Feed {
        let source: any ByteSource
        var piece: UnsafeMutableRawBufferPointer?
        var failure: (any Error)?

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
                // Safe: libarchive no longer uses the old chunk once it requests the next, and the new one has room for
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

    private let name: String
    private let compression: Compression
    private let feed: Feed
    private let decoder: OpaquePointer
    private var isOver = false

    /// Creates a decompressor.
    ///
    /// - Parameters:
    ///   - source: The compressed bytes.
    ///   - compression: Any but `none`.
    ///   - name: The stream's name in error messages.
    /// - Throws: `container.layer-damaged` where there is not enough memory.
    init(_ source: any ByteSource, compression: Compression, name: String) throws {
        guard let filter = compression.filter else {
            throw ContainerError(.mediaTypeUnsupported, subject: name, expected: "a compression", found: "none")
        }
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
            throw ContainerError(.layerDamaged, subject: name, found: "no memory for \(compression.rawValue)")
        }
        self.name = name
        self.compression = compression
        self.feed = feed
        unsafe self.decoder = decoder
    }

    deinit {
        // Safe: the decoder is ours and not used afterwards.
        unsafe archive_decoder_close(decoder)
    }

    func next() throws -> [UInt8] {
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
            throw ContainerError(
                .layerDamaged,
                subject: name,
                expected: "one whole \(compression.rawValue) stream",
                // Safe: the text lives as long as the decoder, and is copied.
                found: unsafe String(cString: archive_decoder_message(decoder))
            )
        }
        if bytes.isEmpty {
            isOver = true
            // Bytes after the compressed stream are part of the blob and of its digest.
            try feed.source.drain()
        }
        return bytes
    }
}
