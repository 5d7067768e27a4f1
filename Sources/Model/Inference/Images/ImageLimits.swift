/// What an image may cost: the bounds that a server sets before it looks at a stranger's file.
///
/// The pixels and sides are checked against the file's header, before memory is taken; the scans and the decoder's memory
/// are watched while a JPEG is decoded.
package struct ImageLimits: Sendable, Equatable {
    /// The largest product of width and height; each pixel takes three bytes.
    package var maximumPixels = 25_000_000
    /// The shortest side in pixels.
    package var minimumSide = 8
    /// The longest side in pixels; libjpeg itself counts no further than 65 500.
    package var maximumSide = 65_500
    /// The scans of a JPEG, of whatever size; a progressive one has about ten.
    package var maximumScans = 256
    /// The scans times the pixels, because each scan is a walk over the whole image that a few bytes can ask for.
    package var maximumScannedPixels = 750_000_000
    /// The bytes that a JPEG's coefficients may take while it is decoded, beside the pixels themselves.
    package var maximumDecoderMemoryInBytes = 256 << 20

    package init() {}

    /// How many scans an image of a size may have.
    func scans(pixels: Int) -> Int {
        min(maximumScans, maximumScannedPixels / max(pixels, 1))
    }
}
