/// The limits of an untrusted image's size, memory and work.
///
/// Pixels and sides are checked against the file's header, before memory is allocated; the scans and the decoder's
/// memory are checked while a JPEG is decoded.
package struct ImageLimits: Sendable, Equatable {
    /// The largest product of width and height; each pixel takes three bytes.
    package var maximumPixels = 25_000_000
    /// The shortest side in pixels.
    package var minimumSide = 8
    /// The longest side in pixels; libjpeg's own limit is 65 500.
    package var maximumSide = 65_500
    /// The most scans of a JPEG of any size; a progressive one has about ten.
    package var maximumScans = 256
    /// The largest product of scans and pixels: each scan is a pass over the whole image, and takes a few bytes of the
    /// file.
    package var maximumScannedPixels = 750_000_000
    /// The memory limit of a JPEG's coefficients while it is decoded, in bytes; the pixels are counted apart.
    package var maximumDecoderMemoryInBytes = 256 << 20

    package init() {}

    /// The most scans of an image of a size.
    func scans(pixels: Int) -> Int {
        min(maximumScans, maximumScannedPixels / max(pixels, 1))
    }
}
