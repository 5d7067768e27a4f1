/// An image in memory: 8 bits each of red, green and blue for every pixel.
package struct RGBImage: Sendable, Equatable {
    /// How many bytes a pixel has.
    package static let channels = 3

    /// The pixels of a row.
    package let width: Int
    /// The rows.
    package let height: Int
    /// Red, green and blue of each pixel in turn, row by row from the top, without padding.
    package let pixels: [UInt8]

    /// Joins pixels with their shape.
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
