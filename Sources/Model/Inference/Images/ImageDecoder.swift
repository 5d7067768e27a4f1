import CImageCodecs

/// Decodes untrusted JPEG and PNG files.
///
/// The pixels are those of Pillow's `convert("RGB")`, bit for bit: alpha and transparent colours are dropped, gamma,
/// colour profiles and orientation tags are ignored, 16-bit grey is clipped at 255, other 16-bit samples lose their low
/// byte, and CMYK counts as inverted. A file that Pillow decodes in spite of damage is refused.
///
/// Hostile files cost at most the memory and the passes over the image that the limits allow.
package struct ImageDecoder: Sendable {
    /// The limits of size, memory and work.
    package let limits: ImageLimits

    package init(limits: ImageLimits = ImageLimits()) {
        self.limits = limits
    }

    /// Decodes a whole file.
    ///
    /// - Parameters:
    ///   - bytes: The file; bytes behind the image's end are ignored.
    ///   - declaredName: The file name that the client states, of which the extension alone is used.
    ///   - declaredType: The media type that the client states.
    /// - Returns: The image, as the file stores it from top to bottom.
    /// - Throws: `image.empty`, `image.format-unsupported` or `image.truncated` for the first bytes,
    ///   `image.type-mismatch` where the name or the media type states another format than the content has,
    ///   `image.too-small`, `image.side-too-long` or `image.too-many-pixels` before memory is allocated, and
    ///   `image.truncated`, `image.corrupt`, `image.variant-unsupported`, `image.too-many-scans` or
    ///   `image.out-of-memory` from decoding.
    package func decode(
        _ bytes: Span<UInt8>,
        declaredName: String? = nil,
        declaredType: String? = nil
    ) throws(ImageError) -> RGBImage {
        let format = try ImageFormat(of: bytes)
        try check(declaredName.flatMap(ImageFormat.promised(byName:)), against: format, subject: "file name")
        try check(declaredType.flatMap(ImageFormat.promised(byMediaType:)), against: format, subject: "media type")
        let codec = ImageCodec(format: format)
        let size = try codec.size(of: bytes)
        try check(size)
        return try codec.decode(bytes, size: size, limits: limits)
    }

    /// Decodes a whole file from an array.
    package func decode(
        _ bytes: [UInt8],
        declaredName: String? = nil,
        declaredType: String? = nil
    ) throws(ImageError) -> RGBImage {
        try decode(bytes.span, declaredName: declaredName, declaredType: declaredType)
    }

    private func check(_ promised: String?, against format: ImageFormat, subject: String) throws(ImageError) {
        guard let promised, promised != format.rawValue else { return }
        throw ImageError(.typeMismatch, subject: subject, expected: promised, found: format.rawValue)
    }

    private func check(_ size: ImageCodecSize) throws(ImageError) {
        for (subject, side) in [("width", Int(size.width)), ("height", Int(size.height))] {
            guard side >= limits.minimumSide else {
                let expected = "at least \(limits.minimumSide) pixels"
                throw ImageError(.tooSmall, subject: subject, expected: expected, found: "\(side)")
            }
            guard side <= limits.maximumSide else {
                let expected = "at most \(limits.maximumSide) pixels"
                throw ImageError(.sideTooLong, subject: subject, expected: expected, found: "\(side)")
            }
        }
        let pixels = Int(size.width) * Int(size.height)
        guard pixels <= limits.maximumPixels else {
            let expected = "at most \(limits.maximumPixels)"
            throw ImageError(.tooManyPixels, subject: "pixels", expected: expected, found: "\(pixels)")
        }
    }
}
