import CImageCodecs

/// The weights for resizing one side of an image.
///
/// Bilinear with antialiasing: each output is the average of the source under a triangle as wide as two outputs, and at
/// least as wide as two source pixels. The arithmetic is Pillow's, operation by operation: weights as double-precision
/// numbers, divided by their sum, then rounded to 22 fractional bits. Any reordering would change last bits.
struct AxisFilter {
    /// The number of weights of each output, a multiple of four; unused ones are 0.
    let stride: Int
    /// The index of each output's first source pixel.
    private(set) var starts: [Int32]
    /// The number of each output's source pixels.
    let lengths: [Int32]
    /// `stride` weights for each output.
    let weights: [Int32]

    /// How many outputs there are.
    var count: Int { starts.count }

    /// The source pixels that any of the outputs uses.
    var sourceRange: Range<Int> {
        guard let first = starts.first, let last = starts.last, let length = lengths.last else { return 0..<0 }
        return Int(first)..<Int(last + length)
    }

    /// Computes the weights of some outputs.
    ///
    /// - Parameters:
    ///   - sourceLength: The side's length in pixels.
    ///   - outputLength: The length that the whole side is resized to.
    ///   - outputs: The pixels to compute; time and memory depend on their number only.
    init(sourceLength: Int, outputLength: Int, outputs: Range<Int>) {
        precondition(sourceLength >= 1 && outputs.lowerBound >= 0 && outputs.upperBound <= outputLength)
        let scale = Double(sourceLength) / Double(outputLength)
        let support = max(scale, 1)
        let spans = outputs.map { output -> Range<Int> in
            let center = (Double(output) + 0.5) * scale
            return max(Int(center - support + 0.5), 0)..<min(Int(center + support + 0.5), sourceLength)
        }
        let longest = spans.map(\.count).max() ?? 0
        stride = (longest + 3) / 4 * 4
        starts = spans.map { Int32($0.lowerBound) }
        lengths = spans.map { Int32($0.count) }
        var weights = [Int32](repeating: 0, count: spans.count * stride)
        for (index, span) in spans.enumerated() {
            let center = (Double(outputs.lowerBound + index) + 0.5) * scale
            let shares = Self.shares(of: span, center: center, inverseSupport: 1 / support)
            for (tap, share) in shares.enumerated() {
                weights[index * stride + tap] = Int32(0.5 + share * Double(1 << resampleWeightBits))
            }
        }
        self.weights = weights
    }

    /// Adapts the filter to a source without its first pixels.
    mutating func shift(by cut: Int) {
        for index in starts.indices { starts[index] -= Int32(cut) }
    }

    private static func shares(of span: Range<Int>, center: Double, inverseSupport: Double) -> [Double] {
        let heights = span.map { max(1 - abs((Double($0) - center + 0.5) * inverseSupport), 0) }
        let sum = heights.reduce(0, +)
        return sum == 0 ? heights : heights.map { $0 / sum }
    }
}
