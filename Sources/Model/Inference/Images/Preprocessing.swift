import CImageCodecs

/// The preprocessing of images for a model, as its model card describes it.
///
/// The result is torchvision's for `Resize(shortSide)`, `CenterCrop`, `ToTensor` and `Normalize`: bit for bit up to the
/// crop, and from there on in the same single-precision operations.
package struct Preprocessing: Sendable, Equatable {
    /// The allowed lengths in pixels.
    package static let lengths = 1...4096

    /// The length in pixels that the shorter side is resized to; the longer one keeps the aspect ratio.
    package let shortSide: Int
    /// The width of the centre crop in pixels; a narrower image is padded with black.
    package let cropWidth: Int
    /// The height of the centre crop in pixels.
    package let cropHeight: Int
    /// The mean of red, green and blue, each between 0 and 1, which is subtracted.
    package let mean: [Double]
    /// The standard deviation that the difference is divided by.
    package let standardDeviation: [Double]

    /// How many numbers an image has after preprocessing.
    package var count: Int { RGBImage.channels * cropHeight * cropWidth }

    /// Checks a description.
    ///
    /// - Throws: `image.preprocessing-invalid` where a length is not in `lengths`, or where there are not three finite
    ///   means and three positive finite deviations.
    package init(
        shortSide: Int,
        cropWidth: Int,
        cropHeight: Int,
        mean: [Double],
        standardDeviation: [Double]
    ) throws(ImageError) {
        for (subject, length) in [
            ("resize.shortSide", shortSide), ("crop.width", cropWidth), ("crop.height", cropHeight),
        ] {
            guard Self.lengths.contains(length) else {
                let expected = "\(Self.lengths.lowerBound) to \(Self.lengths.upperBound)"
                throw ImageError(.preprocessingInvalid, subject: subject, expected: expected, found: "\(length)")
            }
        }
        guard mean.count == RGBImage.channels, mean.allSatisfy({ Float($0).isFinite }) else {
            throw ImageError(.preprocessingInvalid, subject: "mean", expected: "three numbers", found: "\(mean)")
        }
        let deviations = standardDeviation.map { Float($0) }
        guard deviations.count == RGBImage.channels, deviations.allSatisfy({ $0.isNormal && $0 > 0 }) else {
            let (expected, found) = ("three positive numbers", "\(standardDeviation)")
            throw ImageError(.preprocessingInvalid, subject: "standardDeviation", expected: expected, found: found)
        }
        self.shortSide = shortSide
        self.cropWidth = cropWidth
        self.cropHeight = cropHeight
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// Resizes an image and crops its centre: the input of `append`.
    ///
    /// - Returns: An image of the crop's size, black where the image is smaller.
    package func cropped(_ image: RGBImage) -> RGBImage {
        let size = resizedSize(of: image)
        let columns = CropAxis(length: size.width, crop: cropWidth)
        let rows = CropAxis(length: size.height, crop: cropHeight)
        let part = image.resized(
            width: size.width,
            height: size.height,
            columns: columns.kept,
            rows: rows.kept
        )
        guard part.width < cropWidth || part.height < cropHeight else { return part }
        var pixels = [UInt8](repeating: 0, count: count)
        let length = part.width * RGBImage.channels
        for y in 0..<part.height {
            let start = ((rows.offset + y) * cropWidth + columns.offset) * RGBImage.channels
            pixels.replaceSubrange(start..<start + length, with: part.pixels[y * length..<(y + 1) * length])
        }
        return RGBImage(width: cropWidth, height: cropHeight, pixels: pixels)
    }

    /// Writes the numbers of an image from `cropped`: all of red, then green, then blue, row by row.
    ///
    /// - Precondition: The image has the crop's size, and `output` has room for `count` numbers.
    package func append(_ cropped: RGBImage, to output: inout OutputSpan<Float>) {
        precondition(cropped.width == cropWidth && cropped.height == cropHeight, "an image of the crop's size")
        precondition(output.freeCapacity >= count, "the output must have room for the crop")
        let values = (0..<RGBImage.channels).flatMap { normalizedValues(channel: $0) }
        // Proof: there are three times 256 values, the pixels fill the crop, and the output has room for `count` more.
        unsafe output.withUnsafeMutableBufferPointer { buffer, initializedCount in
            unsafe cropped.pixels.withUnsafeBufferPointer { pixels in
                guard let start = buffer.baseAddress, let first = pixels.baseAddress else { return }
                unsafe normalizePixels(first, cropWidth * cropHeight, values, start + initializedCount)
                initializedCount += count
            }
        }
    }

    /// The numbers of an image in an array of their own.
    package func apply(to image: RGBImage) -> [Float] {
        let cropped = cropped(image)
        return [Float](capacity: count) { output in append(cropped, to: &output) }
    }

    /// The size of an image after resizing and before the crop.
    package func resizedSize(of image: RGBImage) -> (width: Int, height: Int) {
        // Both the product and the truncated quotient are exact for every size that an image can have.
        if image.width <= image.height { return (shortSide, shortSide * image.height / image.width) }
        return (shortSide * image.width / image.height, shortSide)
    }

    /// The normalised number of each of the 256 values of a channel.
    private func normalizedValues(channel: Int) -> [Float] {
        let (mean, deviation) = (Float(mean[channel]), Float(standardDeviation[channel]))
        return (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
}

/// The position of the crop on one side.
private struct CropAxis {
    /// The pixels of the resized side that are used.
    let kept: Range<Int>
    /// The position of those pixels in the crop.
    let offset: Int

    init(length: Int, crop: Int) {
        if length < crop {
            (kept, offset) = (0..<length, (crop - length) / 2)
        } else {
            // Python's `round`: halves are rounded to even.
            let start = Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
            (kept, offset) = (start..<start + crop, 0)
        }
    }
}
