import CImageCodecs

/// The codec library of one format.
struct ImageCodec {
    /// The format.
    let format: ImageFormat

    /// Reads the size from a file's header.
    ///
    /// - Returns: The size, not yet checked against the limits.
    /// - Throws: The library's error for a malformed header.
    func size(of bytes: Span<UInt8>) throws(ImageError) -> ImageCodecSize {
        var size = ImageCodecSize()
        var message = ImageCodecMessage()
        // Proof: the codecs read no byte past the count, and keep no pointer.
        let result = unsafe bytes.withUnsafeBufferPointer { bytes in
            switch format {
            case .jpeg: unsafe jpegReadSize(bytes.baseAddress, bytes.count, &size, &message)
            case .png: unsafe pngReadSize(bytes.baseAddress, bytes.count, &size, &message)
            }
        }
        try check(result, message)
        return size
    }

    /// Decodes a whole image.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - size: The result of `size(of:)`, checked against the limits.
    ///   - limits: The limits of decoding.
    /// - Returns: The image.
    /// - Throws: The library's error for malformed data.
    func decode(_ bytes: Span<UInt8>, size: ImageCodecSize, limits: ImageLimits) throws(ImageError) -> RGBImage {
        let (width, height) = (Int(size.width), Int(size.height))
        let count = width * height * RGBImage.channels
        let bounds = ImageCodecLimits(
            maximumMemoryInBytes: limits.maximumDecoderMemoryInBytes,
            maximumScans: Int32(clamping: limits.scans(pixels: width * height))
        )
        var message = ImageCodecMessage()
        // Proof: as above, and the codecs write exactly `count` bytes where they succeed; after a failure the array is
        // thrown away.
        let (result, pixels) = unsafe bytes.withUnsafeBufferPointer { bytes in
            var result = ImageCodecResult.done
            let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { pixels, initializedCount in
                let output = pixels.baseAddress
                switch format {
                case .jpeg: unsafe result = jpegDecode(bytes.baseAddress, bytes.count, size, bounds, output, &message)
                case .png: unsafe result = pngDecode(bytes.baseAddress, bytes.count, size, output, &message)
                }
                initializedCount = result == .done ? count : 0
            }
            return (result, pixels)
        }
        try check(result, message)
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private func check(_ result: ImageCodecResult, _ message: ImageCodecMessage) throws(ImageError) {
        let code: ImageError.Code
        switch result {
        case .done: return
        case .truncated: code = .truncated
        case .corrupt: code = .corrupt
        case .unsupported: code = .variantUnsupported
        case .tooLarge: code = .sideTooLong
        case .tooManyScans: code = .tooManyScans
        case .outOfMemory: code = .outOfMemory
        }
        let text = unsafe withUnsafeBytes(of: message.text) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        throw ImageError(code, subject: format.rawValue, found: text.isEmpty ? nil : text)
    }
}
