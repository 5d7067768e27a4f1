/// What an image may cost: the bounds that a server sets before it looks at a stranger's file.
///
/// All of them are checked against the file's header, before memory is taken for its pixels, but `maximumScans` and
/// `maximumDecoderMemoryInBytes`, which are watched while a JPEG is decoded.
package struct ImageLimits: Sendable, Equatable {
    /// The largest product of width and height; each pixel takes three bytes.
    package var maximumPixels = 25_000_000
    /// The shortest side in pixels.
    package var minimumSide = 8
    /// The longest side in pixels; libjpeg itself counts no further than 65 500.
    package var maximumSide = 65_500
    /// The scans of a JPEG: a progressive one has about ten, and each is a walk over the whole image.
    package var maximumScans = 256
    /// The bytes that a JPEG's coefficients may take while it is decoded, beside the pixels themselves.
    package var maximumDecoderMemoryInBytes = 256 << 20

    package init() {}
}
