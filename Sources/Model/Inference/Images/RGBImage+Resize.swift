import CImageCodecs

extension RGBImage {
    /// Resizes the whole image as Pillow's `resize` with `BILINEAR` does, bit for bit.
    ///
    /// - Precondition: Both sides are at least 1.
    package func resized(width: Int, height: Int) -> RGBImage {
        resized(width: width, height: height, columns: 0..<width, rows: 0..<height)
    }

    /// Resizes the image, but computes only a part of the result.
    ///
    /// Memory and time depend on the part and on the source pixels that it needs, not on the size of the whole result:
    /// a thin image may be enlarged to any length.
    ///
    /// - Parameters:
    ///   - width: The width of the whole result.
    ///   - height: The height of the whole result.
    ///   - columns: The part's columns, within the whole.
    ///   - rows: The part's rows, within the whole.
    /// - Returns: The part.
    /// - Precondition: Neither range is empty or leaves the result.
    package func resized(width: Int, height: Int, columns: Range<Int>, rows: Range<Int>) -> RGBImage {
        resized(width: width, height: height, columns: columns, rows: rows, kernel: resampleFastestKernel())
    }

    /// The same with a chosen instruction set, for a test that compares them.
    func resized(
        width: Int,
        height: Int,
        columns: Range<Int>,
        rows: Range<Int>,
        kernel: ResampleKernel
    ) -> RGBImage {
        precondition(!columns.isEmpty && !rows.isEmpty, "a part of an image has at least one pixel")
        var alongRows = AxisFilter(sourceLength: self.width, outputLength: width, outputs: columns)
        var acrossRows = AxisFilter(sourceLength: self.height, outputLength: height, outputs: rows)
        // Each pass rounds to bytes, so their order is part of the result. The order is Pillow's since version 13.
        if self.height - height > 2 * max(self.width - width, 0) {
            let needed = alongRows.sourceRange
            alongRows.shift(by: needed.lowerBound)
            return filteredAcrossRows(by: acrossRows, columns: needed, kernel: kernel)
                .filteredAlongRows(by: alongRows, rows: 0..<rows.count, kernel: kernel)
        }
        let needed = acrossRows.sourceRange
        acrossRows.shift(by: needed.lowerBound)
        return filteredAlongRows(by: alongRows, rows: needed, kernel: kernel)
            .filteredAcrossRows(by: acrossRows, columns: 0..<columns.count, kernel: kernel)
    }

    /// Filters rows horizontally: each result has as many pixels as the filter has outputs.
    private func filteredAlongRows(by filter: AxisFilter, rows: Range<Int>, kernel: ResampleKernel) -> RGBImage {
        let (stride, rowBytes) = (width * Self.channels, filter.count * Self.channels)
        let result = unsafe [UInt8](unsafeUninitializedCapacity: rows.count * rowBytes) { result, initializedCount in
            unsafe filter.withCFilter { filter in
                // Proof: the reach is how far the kernel may load behind a row's start. Every row before `direct` has
                // it inside the image; those after it are filtered from a copy that is long enough. Each row's result
                // has `rowBytes` bytes.
                let reach = unsafe resampleReachInBytes(filter)
                let reaching = pixels.count < reach ? 0 : (pixels.count - reach) / stride + 1
                let direct = min(max(reaching, rows.lowerBound), rows.upperBound)
                unsafe pixels.withUnsafeBufferPointer { source in
                    guard let start = source.baseAddress, let target = result.baseAddress else { return }
                    let (first, count) = unsafe (start + rows.lowerBound * stride, direct - rows.lowerBound)
                    unsafe resampleColumns(kernel, filter, first, stride, count, target, rowBytes)
                    for row in direct..<rows.upperBound {
                        var copy = unsafe [UInt8](source[row * stride..<(row + 1) * stride])
                        copy.append(contentsOf: repeatElement(0, count: max(reach - stride, 0)))
                        let place = unsafe target + (row - rows.lowerBound) * rowBytes
                        unsafe resampleColumns(kernel, filter, copy, stride, 1, place, rowBytes)
                    }
                }
            }
            initializedCount = rows.count * rowBytes
        }
        return RGBImage(width: filter.count, height: rows.count, pixels: result)
    }

    /// Filters columns vertically: the result has as many rows as the filter has outputs.
    private func filteredAcrossRows(by filter: AxisFilter, columns: Range<Int>, kernel: ResampleKernel) -> RGBImage {
        let (stride, rowBytes) = (width * Self.channels, columns.count * Self.channels)
        let result = unsafe [UInt8](unsafeUninitializedCapacity: filter.count * rowBytes) { result, initializedCount in
            unsafe pixels.withUnsafeBufferPointer { source in
                unsafe filter.weights.withUnsafeBufferPointer { weights in
                    guard let start = source.baseAddress, let target = result.baseAddress else { return }
                    guard let weight = weights.baseAddress else { return }
                    for index in 0..<filter.count {
                        // Proof: the filter's source range is within the rows, and `columns` within each of them; row
                        // `index` of the result has `rowBytes` bytes.
                        let first = Int(filter.starts[index]) * stride + columns.lowerBound * Self.channels
                        let length = Int(filter.lengths[index])
                        let (weights, place) = unsafe (weight + index * filter.stride, target + index * rowBytes)
                        unsafe resampleRows(kernel, weights, length, start + first, stride, rowBytes, place)
                    }
                }
            }
            initializedCount = filter.count * rowBytes
        }
        return RGBImage(width: columns.count, height: filter.count, pixels: result)
    }
}

extension AxisFilter {
    /// Passes the weights to C, with the copy that the fastest kernel reads.
    fileprivate func withCFilter(_ body: (UnsafePointer<ResampleFilter>) -> Void) {
        unsafe starts.withUnsafeBufferPointer { starts in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe weights.withUnsafeBufferPointer { weights in
                    var filter = unsafe ResampleFilter(
                        count: Int32(count),
                        stride: Int32(stride),
                        starts: starts.baseAddress,
                        lengths: lengths.baseAddress,
                        weights: weights.baseAddress,
                        splitWeights: nil
                    )
                    let numbers = weights.count * 8
                    // Proof: `resampleSplitWeights` writes eight numbers for each weight.
                    let split = unsafe [Int16](unsafeUninitializedCapacity: numbers) { buffer, initializedCount in
                        if let start = buffer.baseAddress { unsafe resampleSplitWeights(&filter, start) }
                        initializedCount = numbers
                    }
                    unsafe split.withUnsafeBufferPointer { split in
                        unsafe filter.splitWeights = split.baseAddress
                        unsafe body(&filter)
                    }
                }
            }
        }
    }
}
