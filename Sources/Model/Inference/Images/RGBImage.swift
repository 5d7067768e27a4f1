/// An image in memory: 8 bits each of red, green and blue for every pixel.
package struct RGBImage: Sendable, Equatable {
    /// The number of bytes of a pixel.
    package static let channels = 3

    /// The number of pixels of a row.
    package let width: Int
    /// The number of rows.
    package let height: Int
    /// Red, green and blue of each pixel, row by row from the top, without padding.
    package let pixels: [UInt8]

    /// Makes an image from its pixels.
    ///
    /// - Precondition: Both sides are at least 1, and `pixels` has `width * height * 3` bytes.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width >= 1 && height >= 1, "an image has at least one pixel")
        precondition(pixels.count == width * height * Self.channels, "an image's pixels must fill its shape")
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}
